import { startProcess } from "../process/supervised-process.ts";

/** What a command that has ended left behind. */
export interface CommandResult {
  readonly ok: boolean;
  /** Newest lines of standard output and error together. */
  readonly output: string;
}

/** How a helper command is run. */
export interface CommandOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
}

const MAX_OUTPUT_LINES = 40;

/**
 * Runs a short-lived command to its end, in a process group that is stopped when the time is over or `signal` fires.
 * Never rejects, except with the reason of `signal`: a program that is not there is a result with `ok` false.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const { environment, timeoutMs, signal, user } = options;
  try {
    const child = await startProcess({
      name: command,
      command,
      args,
      environment,
      maxLogLines: MAX_OUTPUT_LINES,
      stopTimeoutMs: 2_000,
      ...(user === undefined ? {} : { user }),
    });
    let outOfTime = false;
    const timer = setTimeout(() => {
      outOfTime = true;
      void child.stop();
    }, timeoutMs);
    const onAbort = (): void => void child.stop();
    signal?.addEventListener("abort", onAbort, { once: true });
    const { code } = await child.exited;
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
    signal?.throwIfAborted();
    const lines = child.lastLines().join("\n");
    return { ok: code === 0, output: outOfTime ? `${lines}\nstopped after ${timeoutMs} ms`.trimStart() : lines };
  } catch (error) {
    signal?.throwIfAborted();
    return { ok: false, output: error instanceof Error ? error.message : String(error) };
  }
}
