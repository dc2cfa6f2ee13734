import { buildWithGo } from "./build-with-go.ts";
import { findProgram, type Program } from "./find-program.ts";
import { askNatsInfo } from "./nats-info.ts";
import { resolvePartOptions } from "./options.ts";
import type { PartFound, PartMissing, PartOptions, ResolvedPartOptions } from "./part.ts";
import { isOlder, NATS_SERVER } from "./versions.ts";

/**
 * Finds nats-server 2.11 or newer (per-key TTL and several filter subjects need it): a running one by URL, a named
 * program, PATH, `.tools/`, or built from source with Go. Throws when what was named explicitly cannot be used.
 */
export async function findNats(options?: PartOptions): Promise<PartFound | PartMissing> {
  const resolved = resolvePartOptions(options);
  if (resolved.natsUrl !== undefined) return checkUrl(resolved.natsUrl);
  return findProgram(natsProgram(resolved), resolved);
}

async function checkUrl(url: string): Promise<PartFound> {
  const info = await askNatsInfo(url).catch((cause: Error) => {
    throw new Error(`POLYWIRE_NATS_URL: no NATS server answers there: ${cause.message}`, { cause });
  });
  if (isOlder(info.version, NATS_SERVER.oldest)) {
    const needed = `${NATS_SERVER.oldest} or newer is needed`;
    throw new Error(`POLYWIRE_NATS_URL: the server is nats-server ${info.version}, and ${needed}`);
  }
  if (!info.jetstream) throw new Error("POLYWIRE_NATS_URL: the server runs without JetStream; start it with -js");
  return { found: true, part: "nats", where: "url", version: info.version, url, notices: [] };
}

function natsProgram(options: ResolvedPartOptions): Program {
  return {
    part: "nats",
    program: "nats-server",
    versions: NATS_SERVER,
    named: { path: options.natsServerBin, variable: "NATS_SERVER_BIN" },
    fetch: (target) =>
      buildWithGo(target, options, {
        part: "nats",
        program: "nats-server",
        module: "github.com/nats-io/nats-server/v2",
        version: NATS_SERVER.pinned,
      }),
    howTo: `install Go 1.25 or newer and start again (nats-server is then built from source), or install nats-server ${NATS_SERVER.oldest} or newer and put it on PATH or name it in NATS_SERVER_BIN, or name a running one in POLYWIRE_NATS_URL`,
  };
}
