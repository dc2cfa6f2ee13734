import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { DISCONNECT_CODES, mayReconnect } from "./disconnect-codes.ts";

test("mayReconnect follows the ranges, and the standard codes that blame the client", () => {
  for (const code of [1000, 1001, 1006, 1011, 1012, 1013, 3000, 3499, 4000])
    expect(mayReconnect(code), `${code}`).toBe(true);
  for (const code of [1002, 1003, 1007, 1009, 1010, 3500, 3999]) expect(mayReconnect(code), `${code}`).toBe(false);
});

test("DISCONNECT_CODES are those of docs/PROTOCOL.md, with their meanings", async () => {
  const text = await readFile(new URL("../../../../docs/PROTOCOL.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| (\d{4}) +\| `([A-Z_]+)` +\| (yes|no) +\| (.+?) +\|$/gm)].map(
    ([, code, name, comesBack, meaning]) => [name, { code: Number(code), meaning }, comesBack],
  );
  expect(rows).toEqual(
    Object.entries(DISCONNECT_CODES).map(([name, entry]) => [name, entry, mayReconnect(entry.code) ? "yes" : "no"]),
  );
});
