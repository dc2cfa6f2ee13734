import { runApp } from "@polywire/service";
import { start } from "./app.ts";
import { readConfig } from "./config.ts";

await runApp({ name: "realtime", readConfig, start });
