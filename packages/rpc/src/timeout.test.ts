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
