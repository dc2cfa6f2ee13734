import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const PROGRAM = fileURLToPath(new URL("run-app-program.ts", import.meta.url));

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the sample app; `onStarted` is called when it has said that it is up. */
async function run(behaviour: string, onStarted?: (child: ChildProcess) => void): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, behaviour], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = { stdout: "", stderr: "" };
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    ended.stderr += text;
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const wasUp = ended.stdout.includes('"started"');
    ended.stdout += text;
    if (!wasUp && ended.stdout.includes('"started"')) onStarted?.(child);
    if (ended.stdout.includes('"stopping"')) child.emit("stopping");
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...ended };
}

test.each(["SIGTERM", "SIGINT"] as const)("runApp closes the app and exits with 0 on %s", async (signal) => {
  const { code, stdout, stderr } = await run("good", (child) => child.kill(signal));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain('"addresses":{"http":"127.0.0.1:1"}');
  expect(stdout).toContain('"stopped"');
  expect(stdout).toContain('"instance":"sample-1"');
});

test("runApp exits with 2 and the problems, without a stack, when the configuration is not valid", async () => {
  const { code, stderr } = await run("bad-config");
  expect(code).toBe(2);
  expect(stderr).toBe("sample: The configuration is not valid:\n  - POLYWIRE_X is missing: expected something\n");
});

test("runApp exits with 1 and the reason when the app cannot start", async () => {
  const { code, stderr } = await run("bad-start");
  expect(code).toBe(1);
  expect(stderr).toContain("sample could not start: Error: the port is taken");
});

test("runApp exits with 1 and the reason when the app cannot close", async () => {
  const { code, stderr } = await run("bad-close", (child) => child.kill());
  expect(code).toBe(1);
  expect(stderr).toContain("sample could not stop cleanly: Error: could not flush");
});

test("runApp ends an app by force that does not stop in time", async () => {
  const { code, stderr } = await run("hangs", (child) => child.kill());
  expect(code).toBe(1);
  expect(stderr).toContain("sample did not stop within 500 ms");
});

test("runApp ends at once on a second signal", async () => {
  const { code, stderr } = await run("hangs", (child) => {
    child.once("stopping", () => child.kill("SIGINT"));
    child.kill("SIGTERM");
  });
  expect(code).toBe(1);
  expect(stderr).toContain("SIGINT again: ended by force");
});
