import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const WEB = fileURLToPath(new URL("../../../web/", import.meta.url));
const CONTRACT = fileURLToPath(new URL("../../../../packages/contract/src/gen/", import.meta.url));

/** Builds apps/web unless what was built is newer than its sources. */
export async function buildWeb(): Promise<void> {
  const built = await stat(join(WEB, "dist/index.html")).catch(() => null);
  const sources = [join(WEB, "src"), join(WEB, "index.html"), join(WEB, "vite.config.ts"), CONTRACT];
  const newest = Math.max(...(await Promise.all(sources.map(newestChange))));
  if (built !== null && built.mtimeMs > newest) return;
  // Loaded only when there is something to build.
  const { build } = await import("vite");
  await build({ root: WEB, logLevel: "warn" });
}

/** When the newest file at or below a path was changed, epoch milliseconds. */
async function newestChange(path: string): Promise<number> {
  const { mtimeMs } = await stat(path);
  const inside = await readdir(path, { recursive: true }).catch(() => []);
  const times = await Promise.all(inside.map(async (name) => (await stat(join(path, name))).mtimeMs));
  return Math.max(mtimeMs, ...times);
}
