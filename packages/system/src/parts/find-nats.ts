import { join } from "node:path";
import { findProgram, type Program, searchPath } from "./find-program.ts";
import { askNatsInfo } from "./nats-info.ts";
import { resolvePartOptions } from "./options.ts";
import type { PartFound, PartMissing, PartOptions, ResolvedPartOptions } from "./part.ts";
import { runCommand } from "./run-command.ts";
import { fetchTool } from "./tools-folder.ts";
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
    fetch: buildWithGo,
    howTo: `install Go 1.25 or newer and start again (nats-server is then built from source), or install nats-server ${NATS_SERVER.oldest} or newer and put it on PATH or name it in NATS_SERVER_BIN, or name a running one in POLYWIRE_NATS_URL`,
  };
}

async function buildWithGo(target: string, options: ResolvedPartOptions): Promise<string | undefined> {
  const { environment, fetchTimeoutMs: timeoutMs, signal } = options;
  const go = await searchPath("go", environment.PATH ?? "");
  if (go === undefined) return "no nats-server was found, and there is no go on PATH to build it with";
  const module = `github.com/nats-io/nats-server/v2@v${NATS_SERVER.pinned}`;
  return fetchTool(
    target,
    {
      part: "nats",
      message: `building nats-server ${NATS_SERVER.pinned} from source with Go (about a minute, once)`,
      make: async (folder) => {
        const goEnvironment = { ...environment, GOBIN: folder, CGO_ENABLED: "0" };
        const result = await runCommand(go, ["install", module], { environment: goEnvironment, timeoutMs, signal });
        if (!result.ok) throw new Error(`go install ${module} failed: ${result.output}`);
        return join(folder, "nats-server");
      },
    },
    options,
  );
}
