import { Code } from "@connectrpc/connect";
import { REASONS } from "@polywire/rpc";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CODE_BY_HTTP_STATUS, codeFromHttpStatus, HTTP_STATUS_BY_CODE, httpStatus } from "./status.ts";

const CODES = Object.values(Code).filter((code): code is Code => typeof code === "number");

test("HTTP_STATUS_BY_CODE + has an error status for each of the 16 codes", () => {
  expect(CODES).toHaveLength(16);
  for (const code of CODES) {
    expect(HTTP_STATUS_BY_CODE[code]).toBeGreaterThanOrEqual(400);
  }
});

test("httpStatus + follows the reason where HTTP is more exact, the code everywhere else", () => {
  const moved = Object.entries(REASONS)
    .map(([reason, { code }]) => [reason, httpStatus({ code, reason }), HTTP_STATUS_BY_CODE[code]] as const)
    .filter(([, status, ofCode]) => status !== ofCode)
    .map(([reason, status]) => `${reason} ${status}`);
  expect(moved.sort()).toEqual([
    "IDEMPOTENCY_KEY_REUSED 422",
    "METHOD_NOT_ALLOWED 405",
    "REQUEST_TOO_LARGE 413",
    "RESERVATION_KEY_REUSED 422",
    "UNSUPPORTED_MEDIA_TYPE 415",
  ]);
});

test("httpStatus + a stale version is 412 with If-Match and 409 without; nothing else depends on If-Match", () => {
  const stale = { code: Code.Aborted, reason: "VERSION_MISMATCH" };
  expect(httpStatus({ ...stale, conditional: true })).toBe(412);
  expect(httpStatus(stale)).toBe(409);
  for (const [reason, { code }] of Object.entries(REASONS).filter(([name]) => name !== "VERSION_MISMATCH")) {
    expect(httpStatus({ code, reason, conditional: true })).toBe(httpStatus({ code, reason }));
  }
});

test("httpStatus + is total: any reason text, names of Object's own properties too", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CODES),
      fc.oneof(fc.string(), fc.constantFrom("toString", "__proto__")),
      (code, reason) => {
        expect(httpStatus({ code, reason })).toBe(HTTP_STATUS_BY_CODE[code]);
      },
    ),
  );
});

test("codeFromHttpStatus + is total and UNKNOWN for a status that tells nothing", () => {
  for (let status = 100; status < 600; status += 1) {
    expect(codeFromHttpStatus(status)).toBe(CODE_BY_HTTP_STATUS[status] ?? Code.Unknown);
  }
});

test("codeFromHttpStatus + brings the codes back that have their HTTP status to themselves", () => {
  const lossy = CODES.filter((code) => codeFromHttpStatus(HTTP_STATUS_BY_CODE[code]) !== code);
  expect(lossy.map((code) => Code[code]).sort()).toEqual([
    "AlreadyExists",
    "DataLoss",
    "FailedPrecondition",
    "OutOfRange",
    "Unknown",
  ]);
});
