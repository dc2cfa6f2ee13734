import { launch } from "./lib/launch.mjs";

await launch(["apps/lab/src/main.ts", "start", ...process.argv.slice(2)]);
