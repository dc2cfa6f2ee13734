import { launch } from "./lib/launch.mjs";

await launch(["apps/conformance/src/main.ts", ...process.argv.slice(2)]);
