import { isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { PartOptions, ResolvedPartOptions } from "./part.ts";

const REPOSITORY = fileURLToPath(new URL("../../../..", import.meta.url));
const LONGEST_FETCH_MS = 3_600_000;

/** Fills in the defaults. Throws on addresses of another scheme, relative roots and bounds out of range. */
export function resolvePartOptions(options: PartOptions = {}): ResolvedPartOptions {
  const { root = REPOSITORY, fetchTimeoutMs = 300_000, natsUrl, postgresUrl } = options;
  if (!isAbsolute(root)) throw new TypeError(`root must be an absolute path, not ${root}`);
  if (!(fetchTimeoutMs > 0 && fetchTimeoutMs <= LONGEST_FETCH_MS)) {
    throw new RangeError(`fetchTimeoutMs must be above 0 and at most ${LONGEST_FETCH_MS}, not ${fetchTimeoutMs}`);
  }
  if (natsUrl !== undefined) requireScheme(natsUrl, ["nats:"], "POLYWIRE_NATS_URL");
  if (postgresUrl !== undefined) requireScheme(postgresUrl, ["postgres:", "postgresql:"], "POLYWIRE_POSTGRES_URL");
  return {
    root: resolve(root),
    natsUrl,
    natsServerBin: options.natsServerBin,
    envoyBin: options.envoyBin,
    postgresUrl,
    environment: definedOnly(options.environment ?? {}),
    fetch: options.fetch ?? true,
    fetchTimeoutMs,
    onProgress: options.onProgress ?? (() => {}),
    signal: options.signal,
  };
}

/**
 * The part options that an environment names: POLYWIRE_NATS_URL, NATS_SERVER_BIN, ENVOY_BIN, POLYWIRE_POSTGRES_URL
 * (an empty value counts as absent), and the environment itself for PATH and the tools that fetch.
 */
export function partOptionsFromEnvironment(environment: Readonly<Record<string, string | undefined>>): PartOptions {
  const named = definedOnly({
    natsUrl: environment.POLYWIRE_NATS_URL || undefined,
    natsServerBin: environment.NATS_SERVER_BIN || undefined,
    envoyBin: environment.ENVOY_BIN || undefined,
    postgresUrl: environment.POLYWIRE_POSTGRES_URL || undefined,
  });
  return { ...named, environment };
}

function requireScheme(value: string, schemes: readonly string[], variable: string): void {
  const scheme = URL.canParse(value) ? new URL(value).protocol : undefined;
  if (scheme === undefined || !schemes.includes(scheme)) {
    // The value itself may hold a password.
    throw new TypeError(`${variable} must be a URL that begins with ${schemes[0]}//`);
  }
}

function definedOnly<K extends string>(record: Readonly<Record<K, string | undefined>>): Record<K, string> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Record<K, string>;
}
