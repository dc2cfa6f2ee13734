import { CommanderError } from "commander";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { discoverExperiments } from "../experiments/framework/discover.ts";
import { readRunArguments } from "./run-arguments.ts";

let said = "";

beforeEach(() => {
  said = "";
  for (const stream of [process.stderr, process.stdout]) {
    vi.spyOn(stream, "write").mockImplementation((text) => {
      said += String(text);
      return true;
    });
  }
});

afterEach(() => vi.restoreAllMocks());

test("readRunArguments + reads the flags of every experiment and the parameters of this one", async () => {
  const { experiment, ...rest } = await readRunArguments(
    "15 --value -1 --show-schema off --size full --seed 7 --json --evidence out".split(" "),
  );
  expect(experiment.id).toBe("15-protobuf-wire-format");
  expect(rest).toEqual({
    json: true,
    size: "full",
    seed: 7,
    evidence: "out",
    parameters: { value: -1, showSchema: false },
  });
});

test("readRunArguments + takes the experiment behind flags that every experiment has", async () => {
  expect((await readRunArguments(["--json", "--seed", "3", "15-protobuf-wire-format"])).experiment.question).toBe(15);
});

test.each([
  ["15 --colour red", "unknown option '--colour'"],
  ["15 --value 1.5", "give a whole number from"],
  ["15 --type int64", "give one of int32, sint32, fixed32"],
  ["15 --size medium", "Allowed choices are small, full"],
  ["15 --seed -1", "give a whole number from 0"],
  ["15 --evidence", "argument missing"],
  ["15 16", "too many arguments"],
  ["99", "there is no experiment 99"],
  ["--value 3 15", "name the experiment before its flags"],
  ["", "missing required argument 'id'"],
])("readRunArguments + refuses '%s' and says what is wrong", async (args, complaint) => {
  const failure = await readRunArguments(args.split(" ").filter((arg) => arg !== "")).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommanderError);
  expect((failure as CommanderError).exitCode).not.toBe(0);
  expect(said).toContain(complaint);
});

test.each([
  ["15 --help", "--show-schema <on|off>"],
  ["--help", "--evidence <folder>"],
])("readRunArguments + shows the flags for '%s'", async (args, flag) => {
  await expect(readRunArguments(args.split(" "))).rejects.toMatchObject({ exitCode: 0 });
  expect(said).toContain(flag);
});

test.each(await discoverExperiments())("readRunArguments + shows the flags of $id in 80 columns", async ({ id }) => {
  await expect(readRunArguments([id, "--help"])).rejects.toMatchObject({ exitCode: 0 });
  expect(Math.max(...said.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});
