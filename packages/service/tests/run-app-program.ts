import { ConfigError, createApp, runApp } from "../src/index.ts";

/** A small app whose behaviour is chosen by its argument; `run-app.test.ts` starts it as a process. */
const behaviour = process.argv[2];

await runApp({
  name: "sample",
  drainMs: 500,
  readConfig: () => {
    if (behaviour === "bad-config") throw new ConfigError(["POLYWIRE_X is missing: expected something"]);
    return { instance: "sample-1", logLevel: "info" };
  },
  start: async () => {
    if (behaviour === "bad-start") throw new Error("the port is taken");
    const alive = setInterval(() => undefined, 1000);
    return createApp({ http: "127.0.0.1:1" }, async () => {
      if (behaviour === "hangs") await new Promise(() => undefined);
      if (behaviour === "bad-close") throw new Error("could not flush");
      clearInterval(alive);
    });
  },
});
