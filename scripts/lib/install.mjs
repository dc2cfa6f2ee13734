import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.mjs";

const STAMP = "node_modules/.polywire-installed";

/**
 * Installs the packages of a repository with the pinned pnpm, unless nothing that decides about them changed since the
 * last time. All output goes to standard error. Answers `{ code: 0, signal: null }`, or how the installer failed.
 */
export async function ensureInstalled(root) {
  const wanted = fingerprint(root);
  const stamp = join(root, STAMP);
  const isFresh = existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (isFresh && existsSync(join(root, "node_modules/.bin/node"))) return { code: 0, signal: null };

  const pnpm = pinnedPnpm(root);
  process.stderr.write(`polywire: installing packages with ${pnpm} (the first time takes a minute or so)\n`);
  const startedAt = Date.now();
  const args = ["--yes", pnpm, "install", "--frozen-lockfile", "--config.confirmModulesPurge=false"];
  const end = await run("npx", args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (end.code === 0) {
    writeFileSync(stamp, wanted);
    process.stderr.write(`polywire: packages installed in ${((Date.now() - startedAt) / 1000).toFixed(0)} s\n`);
  } else {
    process.stderr.write(`polywire: ${pnpm} could not install the packages; its own lines above say why\n`);
  }
  return end;
}

/** `pnpm@1.2.3`, from the field `packageManager`. */
export function pinnedPnpm(root) {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager.split("+")[0];
}

/** Of everything that decides what gets installed: the lockfile, the workspace file, all manifests, the platform. */
function fingerprint(root) {
  const workspaces = ["packages", "apps", "tools"]
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name, "package.json")));
  const files = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json", ...workspaces.sort()];
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const file of files.filter((each) => existsSync(join(root, each)))) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}
