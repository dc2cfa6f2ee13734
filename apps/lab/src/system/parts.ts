import {
  findEnvoy,
  findNats,
  findPostgres,
  type PartFound,
  type PartMissing,
  type PartOptions,
} from "@polywire/system";

/** The real servers as this machine has them. */
export interface Parts {
  readonly postgres: PartFound | PartMissing;
  readonly nats: PartFound | PartMissing;
  readonly envoy: PartFound | PartMissing;
}

/** Looks for every part at once, fetching what is missing when `options` says so. */
export async function findParts(options: PartOptions): Promise<Parts> {
  const [postgres, nats, envoy] = await Promise.all([findPostgres(options), findNats(options), findEnvoy(options)]);
  return { postgres, nats, envoy };
}
