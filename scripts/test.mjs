import { runChecks } from "./lib/checks.mjs";
import { prepare, runPinned } from "./lib/launch.mjs";
import { exitLike } from "./lib/run.mjs";

await prepare();
const failed = runChecks();
if (failed.length > 0) process.stdout.write(`failed checks, the tests run all the same: ${failed.join(", ")}\n`);
const fetched = await runPinned(["scripts/lib/fetch-parts.mjs"]);
if (fetched.code !== 0) exitLike(fetched);
const tests = await runPinned(["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)]);
exitLike(tests.code === 0 && failed.length > 0 ? { code: 1, signal: null } : tests);
