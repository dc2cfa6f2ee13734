import { styleText } from "node:util";
import { ConfigError } from "@polywire/service";
import { createProgram } from "./commands/program.ts";
import { Stopped } from "./commands/stop-signal.ts";
import { readConfig } from "./config.ts";
import { UsageError } from "./terminal/usage-error.ts";

/** Exit codes: 0 done, 1 something failed, 2 wrong usage, 130 and 143 stopped by a signal before it was done. */
try {
  const config = readConfig();
  process.exitCode = await createProgram(config).run(process.argv);
} catch (error) {
  if (error instanceof Stopped) {
    process.exitCode = error.exitCode;
  } else {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${styleText("red", "✗", { stream: process.stderr })} ${message}\n`);
    process.exitCode = error instanceof ConfigError || error instanceof UsageError ? 2 : 1;
  }
}
