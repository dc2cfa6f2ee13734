import { expect, test } from "vitest";
import { isOlder, parseVersion } from "./versions.ts";

test.each([
  ["nats-server: v2.15.2", "2.15.2"],
  ["postgres (PostgreSQL) 18.4", "18.4.0"],
  ["\n/tools/envoy  version: 8ad3.../1.40.0/Clean/RELEASE/BoringSSL", "1.40.0"],
  ["command not found", undefined],
])("parseVersion reads %j", (text, version) => {
  expect(parseVersion(text)).toBe(version);
});

test.each([
  ["2.9.0", "2.11.0", true],
  ["2.11.0", "2.11.0", false],
  ["3.0.0", "2.11.5", false],
  ["2.11.4", "2.11.5", true],
])("isOlder compares %s with %s by number", (a, b, older) => {
  expect(isOlder(a, b)).toBe(older);
});
