import { spawn } from "node:child_process";

const FORWARDED = ["SIGINT", "SIGTERM"];

/**
 * Runs a program to its end and answers `{ code, signal }`, one of them null. It gets a session of its own, so that
 * Ctrl-C reaches it once, from here, and not a second time from the terminal or from npm.
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "inherit", ...options, detached: true });
    const forwarders = FORWARDED.map((signal) => {
      let forwarded = false;
      const forward = () => {
        if (!forwarded) child.kill(signal);
        forwarded = true;
      };
      process.on(signal, forward);
      return { signal, forward };
    });
    const settle = (settled, value) => {
      for (const { signal, forward } of forwarders) process.off(signal, forward);
      settled(value);
    };
    child.on("error", (error) => settle(reject, error));
    child.on("exit", (code, signal) => settle(resolve, { code, signal }));
  });
}

/** Ends this process as the other one ended: with its code, or by its signal. */
export function exitLike({ code, signal }) {
  if (signal === null) process.exit(code);
  process.kill(process.pid, signal);
}
