import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { createStatus } from "./status.ts";

function statusOn(isTTY: boolean) {
  const written: string[] = [];
  const stream = new Writable({
    write: (chunk, _, done) => {
      written.push(String(chunk));
      done();
    },
  });
  const status = createStatus(Object.assign(stream, { isTTY, columns: 20 }) as unknown as NodeJS.WriteStream);
  return { status, text: () => written.join("") };
}

test("createStatus writes one line for each message, without details, where there is no terminal", () => {
  const { status, text } = statusOn(false);
  status.show("calling", "grpc");
  status.show("calling", "sse");
  status.print("! a notice\n");
  status.show("placing");
  status.clear();
  expect(text()).toBe("… calling\n! a notice\n… placing\n");
});

test("createStatus rewrites its line on a terminal, no longer than the terminal is wide", () => {
  const { status, text } = statusOn(true);
  status.show("calling", "grpc over a long way");
  const line = text().split("\u001b[2K").at(-1) ?? "";
  expect(line).toContain("… calling: grpc");
  expect(line).not.toContain("long way");
  status[Symbol.dispose]();
  expect(text().endsWith("\r\u001b[2K")).toBe(true);
});

test("createStatus prints above its line on a terminal", () => {
  const { status, text } = statusOn(true);
  status.show("calling");
  status.print("! a notice\n");
  const printed = text().split("\u001b[2K").at(-1) ?? "";
  expect(printed.startsWith("! a notice\n")).toBe(true);
  expect(printed).toContain("… calling");
});
