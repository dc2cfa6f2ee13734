import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  ErrorInfoSchema,
  HelpSchema,
  PreconditionFailureSchema,
  RequestInfoSchema,
  ResourceInfoSchema,
} from "@polywire/contract/google/rpc/error_details";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorDetails, MAX_DETAILS_BYTES } from "./details.ts";
import { badRequest, publicError, rpcError } from "./errors.ts";
import { REASONS, type Reason } from "./reasons.ts";

test("rpcError gives every reason its code and names it in the details", () => {
  for (const reason of Object.keys(REASONS) as Reason[]) {
    const error = rpcError(reason, "text", { metadata: { sku: "SKU-1" }, retryAfterMs: 1500 });
    expect(error.code).toBe(REASONS[reason].code);
    expect(errorDetails(error)).toMatchObject({ reason, metadata: { sku: "SKU-1" }, retryAfterMs: 1500 });
  }
});

test("rpcError names a resource by ResourceInfo, and one whose state is in the way by PreconditionFailure", () => {
  const resource = { type: "order", name: "a/b" };
  for (const reason of Object.keys(REASONS) as Reason[]) {
    const error = rpcError(reason, "why", { resource });
    const isPrecondition = error.code === Code.FailedPrecondition;
    expect(errorDetails(error).resource).toEqual(resource);
    expect(error.findDetails(ResourceInfoSchema)).toHaveLength(isPrecondition ? 0 : 1);
    expect(error.findDetails(PreconditionFailureSchema).flatMap(({ violations }) => violations)).toMatchObject(
      isPrecondition ? [{ type: reason, subject: "order/a/b", description: "why" }] : [],
    );
  }
});

test("rpcError leaves out details that do not fit", () => {
  const big = { desc: HelpSchema, value: { links: [{ description: "x".repeat(MAX_DETAILS_BYTES) }] } };
  const small = { desc: HelpSchema, value: { links: [{ description: "docs" }] } };
  const error = rpcError("INTERNAL", "text", { details: [big, small] });
  expect(error.findDetails(HelpSchema).map((help) => help.links[0]?.description)).toEqual(["docs"]);
});

test("badRequest lists the fields and stays within the bound for any violations", () => {
  const violation = fc.record({ field: fc.string({ maxLength: 600 }), rule: fc.string(), description: fc.string() });
  fc.assert(
    fc.property(fc.array(violation, { minLength: 1, maxLength: 200 }), (violations) => {
      const error = badRequest(violations);
      const bytes = error.details.reduce(
        (sum, detail) => sum + ("desc" in detail ? toBinary(detail.desc, create(detail.desc, detail.value)).length : 0),
        0,
      );
      expect(bytes).toBeLessThanOrEqual(MAX_DETAILS_BYTES);
      expect(errorDetails(error).fieldViolations.length).toBeGreaterThan(0);
      expect(error.rawMessage.length).toBeLessThanOrEqual(1024);
    }),
    { numRuns: 50 },
  );
});

describe("publicError", () => {
  test("passes an error with a reason of this system", () => {
    const error = rpcError("ORDER_NOT_FOUND", "no such order");
    expect(publicError(error, "id")).toBe(error);
  });

  test("passes a received error without the headers of its transport", () => {
    const sent = rpcError("UNKNOWN_SKU", "no such SKU");
    const received = new ConnectError(sent.rawMessage, sent.code, { "x-internal": "1" });
    received.details = sent.details;
    received.isWireError = true;
    const error = publicError(received, "id");
    expect([error.code, error.rawMessage, errorDetails(error).reason]).toEqual([
      Code.NotFound,
      "no such SKU",
      "UNKNOWN_SKU",
    ]);
    expect([...error.metadata]).toEqual([]);
  });

  test.each([
    ["an exception", new Error("password=1"), "INTERNAL"],
    ["a thrown text", "password=1", "INTERNAL"],
    ["undefined", undefined, "INTERNAL"],
    ["a ConnectError without a reason", new ConnectError("password=1", Code.NotFound), "INTERNAL"],
    ["no connection", new ConnectError("password=1", Code.Unavailable), "UPSTREAM_UNAVAILABLE"],
    ["a passed deadline", new ConnectError("password=1", Code.DeadlineExceeded), "DEADLINE_PASSED"],
    ["a cancelled call", new ConnectError("password=1", Code.Canceled), "CALL_CANCELLED"],
    ["undecodable bytes", new ConnectError("password=1", Code.InvalidArgument), "MALFORMED_REQUEST"],
    ["an oversized message", new ConnectError("password=1", Code.ResourceExhausted), "REQUEST_TOO_LARGE"],
    ["a missing method", new ConnectError("password=1", Code.Unimplemented), "METHOD_NOT_AVAILABLE"],
  ])("turns %s into a public error and keeps the cause", (_what, thrown, reason) => {
    const error = publicError(thrown, "request-1");
    expect(errorDetails(error).reason).toBe(reason);
    expect(error.message).not.toContain("password");
    expect(error.cause).toBe(thrown);
  });

  test("names the request of an internal error, and tells nothing else", () => {
    const error = publicError(
      Object.assign(new Error("x"), { details: [{ a: 1 }], metadata: { b: "2" } }),
      "request-1",
    );
    expect([error.rawMessage, [...error.metadata]]).toEqual(["internal error", []]);
    expect(error.details).toEqual([
      { desc: ErrorInfoSchema, value: { reason: "INTERNAL", domain: "polywire", metadata: {} } },
      { desc: RequestInfoSchema, value: { requestId: "request-1" } },
    ]);
  });

  test("turns an upstream's complaint about our request into INTERNAL", () => {
    const received = new ConnectError("bad", Code.InvalidArgument);
    received.isWireError = true;
    expect(publicError(received, "id").code).toBe(Code.Internal);
  });

  test("takes what an abort caused for what the signal was aborted with", () => {
    const signal = AbortSignal.abort(rpcError("DRAINING", "shutting down"));
    const abort = new DOMException("aborted", "AbortError");
    expect(errorDetails(publicError(abort, "id", { signal })).reason).toBe("DRAINING");
    expect(errorDetails(publicError(abort, "id")).reason).toBe("CALL_CANCELLED");
    expect(errorDetails(publicError(new DOMException("", "TimeoutError"), "id")).reason).toBe("DEADLINE_PASSED");
  });

  test("does not take another failure for an abort because the signal is aborted", () => {
    const signal = AbortSignal.abort();
    expect(publicError(new TypeError("x is undefined"), "id", { signal }).code).toBe(Code.Internal);
  });
});
