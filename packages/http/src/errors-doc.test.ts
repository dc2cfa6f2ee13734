import { readFileSync } from "node:fs";
import { Code } from "@connectrpc/connect";
import { codeName, REASONS } from "@polywire/rpc";
import { expect, test } from "vitest";
import { CODE_BY_HTTP_STATUS, HTTP_STATUS_BY_CODE, httpStatus } from "./status.ts";

const CODES = Object.values(Code).filter((code): code is Code => typeof code === "number");

/** The cells of the first table under a heading of docs/errors.md, without its head. */
function tableUnder(heading: string): string[][] {
  const text = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test("docs/errors.md + has the code's codes, gRPC numbers and HTTP statuses, and no others", () => {
  expect(tableUnder("Codes").map((cells) => cells.slice(0, 3))).toEqual(
    CODES.map((code) => [codeName(code), String(code), String(HTTP_STATUS_BY_CODE[code])]),
  );
});

test("docs/errors.md + has the code's reasons with their codes, HTTP statuses and meanings, and no others", () => {
  const expected = Object.entries(REASONS).map(([reason, { code, meaning }]) => {
    const status = httpStatus({ code, reason });
    const conditional = httpStatus({ code, reason, conditional: true });
    const own = status === HTTP_STATUS_BY_CODE[code] ? "" : "*";
    const withIfMatch = conditional === status ? "" : `, ${conditional} with If-Match`;
    return [reason, codeName(code), `${status}${own}${withIfMatch}`, meaning];
  });
  expect(tableUnder("Reasons").sort()).toEqual(expected.sort());
});

test("docs/errors.md + has the code's reading of other servers' HTTP statuses, and no others", () => {
  expect(tableUnder("HTTP statuses of others")).toEqual(
    Object.entries(CODE_BY_HTTP_STATUS).map(([status, code]) => [status, codeName(code)]),
  );
});
