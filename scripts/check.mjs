import { runChecks } from "./lib/checks.mjs";
import { prepare } from "./lib/launch.mjs";

if (process.argv.length > 2) {
  process.stderr.write(`npm run check takes no arguments, and got ${process.argv.slice(2).join(" ")}\n`);
  process.exit(2);
}
await prepare();
const failed = runChecks();
if (failed.length > 0) process.stdout.write(`failed: ${failed.join(", ")}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
