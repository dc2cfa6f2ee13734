import { withSignal } from "../database/current-signal.ts";

/** Whether the process may be given work, and why not. */
export interface ReadyReport {
  /** False takes the process out of rotation. */
  ready: boolean;
  /** "ok" or what is wrong, by name of the thing checked. Never internal text: it is readable by anybody who can reach the port. */
  checks: Record<string, string>;
}

/** Things a process needs; each promise rejects when it cannot be had. */
export type ReadyChecks = Readonly<Record<string, (signal: AbortSignal) => Promise<unknown>>>;

/**
 * Runs every check side by side, each bounded in time; SQL statements are cancelled then.
 *
 * @param checks what to check, by name
 * @param timeoutMs how long one may take before it counts as failed. Default 1000
 * @returns the report for `/readyz`
 */
export async function checkReadiness(checks: ReadyChecks, timeoutMs = 1000): Promise<ReadyReport> {
  const signal = AbortSignal.timeout(timeoutMs);
  const timedOut = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  timedOut.catch(() => undefined);
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]): Promise<[string, string]> => {
      try {
        await Promise.race([withSignal(signal, async () => check(signal)), timedOut]);
        return [name, "ok"];
      } catch {
        return [name, signal.aborted ? `no answer within ${timeoutMs} ms` : "failed"];
      }
    }),
  );
  return { ready: results.every(([, result]) => result === "ok"), checks: Object.fromEntries(results) };
}
