import { styleText } from "node:util";
import { expect, test } from "vitest";
import { formatMs, formatWhole, renderTable } from "./table.ts";

test("renderTable sets words left and numbers right, as wide as the widest cell", () => {
  const columns = [{ title: "wire" }, { title: "ms", align: "right" }, { title: "path" }] as const;
  const rows = [
    ["grpc", "1.00", "client"],
    ["connect-json", "10", ""],
  ];
  expect(renderTable(columns, rows)).toBe("wire            ms  path\ngrpc          1.00  client\nconnect-json    10");
});

test("renderTable does not count colour, and counts a letter beyond ASCII as one column", () => {
  const red = styleText("red", "no", { validateStream: false });
  const [, first, second] = renderTable(
    [{ title: "a" }, { title: "b" }],
    [
      [red, "x"],
      ["Zoë", "x"],
    ],
  ).split("\n");
  expect(first?.replace(red, "no")).toBe("no   x");
  expect(second).toBe("Zoë  x");
});

test("renderTable leaves empty the cells that a short row does not have", () => {
  expect(renderTable([{ title: "a" }, { title: "b" }], [["x"]])).toBe("a  b\nx");
});

test.each([
  [null, "–"],
  [0.004, "0.00"],
  [1.236, "1.24"],
  [12.34, "12.3"],
  [123.4, "123"],
])("formatMs writes %s as %s", (ms, text) => {
  expect(formatMs(ms)).toBe(text);
});

test.each([
  [null, "–"],
  [0, "0"],
  [1234.5, "1,235"],
])("formatWhole writes %s as %s", (value, text) => {
  expect(formatWhole(value)).toBe(text);
});
