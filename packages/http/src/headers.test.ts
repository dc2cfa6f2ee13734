import { Code, ConnectError } from "@connectrpc/connect";
import { errorDetails } from "@polywire/rpc";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatEtag, matchesIfNoneMatch, parseIfMatch } from "./etag.ts";
import { parseIdempotencyKey } from "./idempotency-key.ts";
import { parseRequestTimeout } from "./request-timeout.ts";
import { formatRetryAfter, parseRetryAfter } from "./retry-after.ts";

function failureOf(run: () => unknown) {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ConnectError);
    const { reason, fieldViolations } = errorDetails(error as ConnectError);
    return { code: Code[(error as ConnectError).code], reason, field: fieldViolations[0]?.field };
  }
  return undefined;
}

test("parseRequestTimeout + takes the client's wish up to the cap, and the cap without a header", () => {
  expect(parseRequestTimeout(undefined, 5000)).toBe(5000);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999_999 }), fc.integer({ min: 1, max: 60_000 }), (wish, capMs) => {
      expect(parseRequestTimeout(String(wish), capMs)).toBe(Math.min(wish, capMs));
    }),
  );
});

test("parseRequestTimeout + refuses everything else and names the header", () => {
  for (const header of ["0", "", "-5", "1.5", "1e3", "10 ", "100, 200", "0x10", "٣", "1234567890", "Infinity"]) {
    expect(failureOf(() => parseRequestTimeout(header, 5000))).toMatchObject({ field: "Request-Timeout-Ms" });
  }
});

test("header parsers + any text gives a value or a refusal that may reach the client", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), (text) => {
      for (const parse of [parseIfMatch, parseIdempotencyKey, (header: string) => parseRequestTimeout(header, 1)]) {
        const failure = failureOf(() => parse(text));
        expect(["VALIDATION_FAILED", "VERSION_MISMATCH", undefined]).toContain(failure?.reason);
      }
      const retryAfterMs = parseRetryAfter(text, 0);
      expect(retryAfterMs === undefined || retryAfterMs >= 0).toBe(true);
    }),
  );
});

test("parseIfMatch and formatEtag + are each other's inverse over all versions", () => {
  fc.assert(
    fc.property(fc.bigInt(1n, 2n ** 63n - 1n), (version) => {
      expect(parseIfMatch(formatEtag(version))).toBe(version);
    }),
  );
});

test("parseIfMatch + absent is no condition, * is any version", () => {
  expect(parseIfMatch(undefined)).toBeUndefined();
  expect(parseIfMatch(" * ")).toBe(0n);
});

test("parseIfMatch + a tag that can match no version is a stale version, not a bad request", () => {
  for (const header of ['W/"3"', '"abc"', '""', '"03"', '"-1"', `"${2n ** 63n}"`]) {
    expect(failureOf(() => parseIfMatch(header))).toMatchObject({ code: "Aborted", reason: "VERSION_MISMATCH" });
  }
});

test("parseIfMatch + malformed headers and lists are refused, naming the header", () => {
  for (const header of ["", "3", '"3', '"3", "4"', 'w/"3"', '"a b"']) {
    expect(failureOf(() => parseIfMatch(header))).toMatchObject({ code: "InvalidArgument", field: "If-Match" });
  }
});

test("matchesIfNoneMatch + finds the tag in a list, weak or strong, and in *", () => {
  for (const header of ['"7"', 'W/"7"', '"6", W/"7"', '"6","7"', " * "]) {
    expect(matchesIfNoneMatch(header, '"7"')).toBe(true);
  }
  for (const header of [undefined, "", "7", '"77"', '"6"', 'w/"7"', '"7']) {
    expect(matchesIfNoneMatch(header, '"7"')).toBe(false);
  }
});

test("parseIdempotencyKey + the structured string and the bare value are the same key", () => {
  const character = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
  const key = fc.string({ unit: character.filter((text) => !'"\\,'.includes(text)), minLength: 1, maxLength: 255 });
  fc.assert(
    fc.property(key, (text) => {
      expect(parseIdempotencyKey(text)).toBe(text);
      expect(parseIdempotencyKey(`"${text}"`)).toBe(text);
    }),
  );
  expect(parseIdempotencyKey(undefined)).toBe("");
});

test("parseIdempotencyKey + refuses empty, long, repeated and unprintable keys", () => {
  for (const header of ["", '""', "a b", "a, b", '"a', 'a"', "k".repeat(256), "ключ", "a\u0000"]) {
    expect(failureOf(() => parseIdempotencyKey(header))).toMatchObject({ field: "Idempotency-Key" });
  }
});

test("parseRetryAfter + reads what formatRetryAfter writes, never too early", () => {
  fc.assert(
    fc.property(fc.nat(1_000_000_000), (retryAfterMs) => {
      const back = parseRetryAfter(formatRetryAfter(retryAfterMs), 0) ?? -1;
      expect(back).toBeGreaterThanOrEqual(retryAfterMs);
      expect(back - retryAfterMs).toBeLessThanOrEqual(1000);
    }),
  );
});

test("parseRetryAfter + reads HTTP dates, a passed one as now, and nothing that is neither", () => {
  const nowMs = Date.UTC(2026, 0, 1, 0, 0, 0);
  expect(parseRetryAfter("Thu, 01 Jan 2026 00:00:30 GMT", nowMs)).toBe(30_000);
  expect(parseRetryAfter("Wed, 31 Dec 2025 00:00:00 GMT", nowMs)).toBe(0);
  for (const header of [undefined, "", "-1", "1.5", "tomorrow", "2026-01-01", "Foo, 99 Bar 2026 99:99:99 GMT"]) {
    expect(parseRetryAfter(header, nowMs)).toBeUndefined();
  }
});
