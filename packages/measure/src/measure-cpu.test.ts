import { expect, test } from "vitest";
import { createFakeClock } from "../tests/fake-clock.ts";
import { idleBaseline, measureCpu } from "./measure-cpu.ts";

test("measureCpu gives null and still the value when a process is not there", async () => {
  const pids = [2 ** 30];
  const measured = await measureCpu({ pids, during: async () => "done" });
  expect(measured).toMatchObject({ value: "done", grossNs: null, netNs: null });
  const clock = createFakeClock();
  expect(await clock.drive(idleBaseline({ pids, durationMs: 5, clock }))).toBeNull();
});

test("measureCpu passes on the failure of the work", async () => {
  const during = () => Promise.reject(new Error("work failed"));
  await expect(measureCpu({ pids: [process.pid], during })).rejects.toThrow("work failed");
});
