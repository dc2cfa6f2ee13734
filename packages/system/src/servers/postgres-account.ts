import { readFile } from "node:fs/promises";
import { runCommand } from "../parts/run-command.ts";

/**
 * How Postgres, which refuses to run as root, is run: the words before the program, and the account that must own the
 * data folder.
 */
export interface PostgresAccount {
  /** Program and arguments that start another program as this account; empty when it is started directly. */
  readonly prefix: readonly string[];
  readonly user?: { readonly uid: number; readonly gid: number };
}

const NOBODY = 65_534;

/**
 * Chooses the account. Not root: the current one. Root: a user namespace in which root appears as `nobody`, so that no
 * account is created, nothing changes hands and private folders stay reachable; where the system allows no user
 * namespaces (most containers), the account `postgres`, else `nobody`.
 */
export async function choosePostgresAccount(): Promise<PostgresAccount> {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const prefix = ["unshare", "--user", `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
  const [command = "", ...args] = prefix;
  const probe = await runCommand(command, [...args, "true"], { environment: PATH_ONLY, timeoutMs: 5_000 });
  if (probe.ok) return { prefix };
  const accounts = await readFile("/etc/passwd", "utf8").catch(() => "");
  return { prefix: [], user: findAccount(accounts) };
}

/** Environment for the few system programs that are run. */
export const PATH_ONLY = { PATH: "/usr/local/bin:/usr/bin:/bin" } as const;

/** User and group id of `postgres` in the text of /etc/passwd, else of `nobody`. */
export function findAccount(passwd: string): { readonly uid: number; readonly gid: number } {
  for (const name of ["postgres", "nobody"]) {
    const fields = passwd
      .split("\n")
      .find((line) => line.startsWith(`${name}:`))
      ?.split(":");
    const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  return { uid: NOBODY, gid: NOBODY };
}
