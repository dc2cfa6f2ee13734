import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sharedWatchdog } from "./watchdog.ts";

/**
 * Makes a temporary folder that the watchdog removes when this process is killed. The watchdog is told before the folder
 * is there: the other way round, a kill in between would leave it.
 */
export async function guardedFolder(prefix: string): Promise<string> {
  const folder = join(tmpdir(), `${prefix}${randomUUID()}`);
  const watchdog = sharedWatchdog();
  watchdog.guardFolder(folder);
  try {
    // Fails when somebody else has it: nothing of theirs is used, or removed later.
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    watchdog.forgetFolder(folder);
    throw error;
  }
  return folder;
}
