import { join } from "node:path";
import { checkNode } from "./check-node.mjs";
import { ensureInstalled } from "./install.mjs";
import { ROOT } from "./root.mjs";
import { exitLike, run } from "./run.mjs";

const LIFELINE = new URL("./lifeline.mjs", import.meta.url).href;

/** Checks the Node this runs on and installs what is missing; ends the process when either fails. */
export async function prepare(root = ROOT) {
  const complaint = checkNode(process.versions.node);
  if (complaint !== undefined) {
    process.stderr.write(`${complaint}\n`);
    process.exit(1);
  }
  const installed = await ensureInstalled(root);
  if (installed.code !== 0) exitLike(installed);
}

/** Runs a module on the pinned Node, on the terminal of this process, to its end. Answers `{ code, signal }`. */
export function runPinned(args, root = ROOT) {
  return run(join(root, "node_modules/.bin/node"), ["--import", LIFELINE, ...args], {
    cwd: root,
    env: { ...pinnedEnvironment(root), LAUNCHER_PID: String(process.pid) },
    // The channel carries nothing: its end tells the other side that this process is gone.
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
}

/** The environment of this process, with the programs of the repository first on PATH, the pinned Node among them. */
export function pinnedEnvironment(root = ROOT) {
  return { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env.PATH ?? ""}` };
}

/** A whole launcher: prepares, hands over to a module on the pinned Node, and ends as it ends. */
export async function launch(args, root = ROOT) {
  await prepare(root);
  exitLike(await runPinned(args, root));
}
