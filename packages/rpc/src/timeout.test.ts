import fc from "fast-check";
import { expect, test } from "vitest";
import { parseTimeout } from "./timeout.ts";

test.each([
  [{ "grpc-timeout": "1500m" }, 1500],
  [{ "grpc-timeout": "2S" }, 2000],
  [{ "grpc-timeout": "1H" }, 3_600_000],
  [{ "grpc-timeout": "1M" }, 60_000],
  [{ "grpc-timeout": "500u" }, 0.5],
  [{ "grpc-timeout": "0n" }, 0],
  [{ "grpc-timeout": "123456789S" }, undefined],
  [{ "grpc-timeout": "1" }, undefined],
  [{ "grpc-timeout": "-1S" }, undefined],
  [{ "connect-timeout-ms": "250" }, 250],
  [{ "connect-timeout-ms": "12345678901" }, undefined],
  [{ "connect-timeout-ms": "1.5" }, undefined],
  [{}, undefined],
])("parseTimeout of %j is %s", (header, expected) => {
  expect(parseTimeout(new Headers(header as Record<string, string>))).toBe(expected);
});

test("parseTimeout takes every timeout that gRPC and Connect can write, and of any other text none", () => {
  const units = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };
  const unit = fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[]));
  fc.assert(
    fc.property(fc.nat(99_999_999), unit, (value, name) => {
      expect(parseTimeout(new Headers({ "grpc-timeout": `${value}${name}` }))).toBe(value * units[name]);
      expect(parseTimeout(new Headers({ "connect-timeout-ms": String(value) }))).toBe(value);
    }),
  );
  // What Headers lets through: printable ASCII, trimmed.
  const text = fc.string({ unit: "grapheme-ascii", minLength: 1 }).filter((each) => /\S/.test(each));
  fc.assert(
    fc.property(text, (each) => {
      const isTimeout = /^\d{1,8}[HMSmun]$/.test(each.trim());
      expect(parseTimeout(new Headers({ "grpc-timeout": each })) !== undefined).toBe(isTimeout);
    }),
  );
});
