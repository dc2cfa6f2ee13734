import { expect, test } from "vitest";
import { createLogPrinter } from "./log-printer.ts";

function print(colour: boolean): string[] {
  const written: string[] = [];
  const log = createLogPrinter({ write: (text) => written.push(text), colour, nameWidth: 8 });
  for (const process of ["orders", "gateway", "orders"]) log({ process, stream: "stdout", text: "hello" });
  return written;
}

test("createLogPrinter puts the name in front of each line", () => {
  expect(print(false)).toEqual(["orders   │ hello\n", "gateway  │ hello\n", "orders   │ hello\n"]);
});

test("createLogPrinter gives each process one colour", () => {
  const [first, second, third] = print(true);
  expect(first).toBe("\u001b[36morders   │\u001b[0m hello\n");
  expect(second).toContain("\u001b[33m");
  expect(third).toBe(first);
});
