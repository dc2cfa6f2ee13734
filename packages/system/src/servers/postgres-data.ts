import { randomBytes } from "node:crypto";
import { chmod, chown, lchown, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runCommand } from "../parts/run-command.ts";
import { isRunning, processProgram } from "../process/process-identity.ts";
import { sharedWatchdog } from "../process/watchdog.ts";
import { PATH_ONLY, type PostgresAccount } from "./postgres-account.ts";

/** Name of the one superuser. */
export const POSTGRES_USER = "polywire";

const PASSWORD_FILE = "polywire-password";
const INITDB_TIMEOUT_MS = 60_000;

/** What {@link preparePostgresData} needs to know. */
export interface DataOptions {
  /** The `postgres` program; `initdb` lies beside it. */
  readonly program: string;
  readonly account: PostgresAccount;
  /** Skips flushing to disk: for data that is thrown away. */
  readonly ephemeral: boolean;
  /** Bound of the wait for a server that an earlier run left behind. */
  readonly handoverTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the data folder unless it is there, complete or not at all, and answers the password of its superuser, which
 * is kept inside it. Waits for a server that an earlier run left behind and that is just stopping.
 */
export async function preparePostgresData(dataDir: string, options: DataOptions): Promise<string> {
  if (await isFile(join(dataDir, "PG_VERSION"))) {
    await checkMajorVersion(dataDir, options.program);
    await giveTo(dataDir, options.account);
    await waitForFormerServer(dataDir, options);
  } else {
    await initialise(dataDir, options);
  }
  return (await readFile(join(dataDir, PASSWORD_FILE), "utf8")).trim();
}

async function initialise(dataDir: string, options: DataOptions): Promise<void> {
  const { account, program, ephemeral, signal } = options;
  await mkdir(dirname(dataDir), { recursive: true });
  const folder = await mkdtemp(join(dirname(dataDir), `.${basename(dataDir)}-`));
  const watchdog = sharedWatchdog();
  watchdog.guardFolder(folder);
  try {
    const password = randomBytes(18).toString("base64url");
    const passwordFile = join(folder, "password");
    const made = join(folder, "data");
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    await giveTo(folder, account);
    const args = [
      ...[`--pgdata=${made}`, `--username=${POSTGRES_USER}`, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"],
      ...["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
      ...["--no-instructions", ...(ephemeral ? ["--no-sync"] : [])],
    ];
    const [command = "", ...rest] = [...account.prefix, join(dirname(program), "initdb"), ...args];
    const environment = { ...PATH_ONLY, TZ: "UTC" };
    const run = { environment, signal, timeoutMs: INITDB_TIMEOUT_MS, user: account.user };
    const result = await runCommand(command, rest, run);
    if (!result.ok) {
      throw new Error(`Postgres cannot make its data folder ${dataDir}: ${result.output}${accessHint(account)}`);
    }
    await rename(passwordFile, join(made, PASSWORD_FILE));
    await rename(made, dataDir);
  } finally {
    await rm(folder, { recursive: true, force: true });
    watchdog.forgetFolder(folder);
  }
}

/** Only the account without a user namespace can lack access to a folder above: a clone in /root, for instance. */
function accessHint({ user }: PostgresAccount): string {
  if (user === undefined) return "";
  return `\nPostgres refuses to run as root and runs as user ${user.uid} here, who must be able to enter the folder of the repository and that of the data: start as another user, or move the repository`;
}

async function checkMajorVersion(dataDir: string, program: string): Promise<void> {
  const made = (await readFile(join(dataDir, "PG_VERSION"), "utf8")).trim();
  const { output } = await runCommand(program, ["--version"], { environment: {}, timeoutMs: 10_000 });
  const [, runs] = / (\d+)\./.exec(output) ?? [];
  if (runs !== undefined && runs !== made) {
    throw new Error(`${dataDir} was made by Postgres ${made}, this is Postgres ${runs}: remove it to start empty`);
  }
}

/**
 * `postmaster.pid` names the server that has the folder open. Postgres itself removes a stale one, unless the id now
 * belongs to another program: then it is removed here.
 */
async function waitForFormerServer(dataDir: string, options: DataOptions): Promise<void> {
  const { handoverTimeoutMs, signal } = options;
  const lock = join(dataDir, "postmaster.pid");
  const until = performance.now() + handoverTimeoutMs;
  for (;;) {
    const pid = Number((await readFile(lock, "utf8").catch(() => "")).split("\n")[0]);
    if (!(pid > 0) || !isRunning(pid)) return;
    const program = processProgram(pid);
    if (program !== null && program !== "postgres") return rm(lock, { force: true });
    if (performance.now() > until) {
      throw new Error(`another Postgres (process ${pid}) has ${dataDir} open: stop it, or use another data folder`);
    }
    await delay(50, undefined, signal === undefined ? {} : { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** Makes the account the owner of a folder and everything in it; root has it when no other account is named. */
async function giveTo(folder: string, account: PostgresAccount): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = account.user ?? { uid: 0, gid: 0 };
  if ((await stat(folder)).uid === uid) return;
  await chmod(folder, 0o700);
  await chown(folder, uid, gid);
  for (const entry of await readdir(folder, { recursive: true })) await lchown(join(folder, entry), uid, gid);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );
}
