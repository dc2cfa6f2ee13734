import { Code, ConnectError } from "@connectrpc/connect";
import { badRequest, codeName, errorDetails, REASONS, type Reason, rpcError } from "@polywire/rpc";
import fc from "fast-check";
import { expect, test } from "vitest";
import { fromProblem, toProblem } from "./problem.ts";

const REASON_NAMES = Object.keys(REASONS) as Reason[];
const CODES = Object.values(Code).filter((code): code is Code => typeof code === "number");

test("toProblem + writes the members of RFC 9457 and what programs branch on", () => {
  const { status, headers, body } = toProblem(rpcError("ORDER_NOT_FOUND", "there is no order 7"), "req-1");
  expect(status).toBe(404);
  expect(headers).toEqual({ "content-type": "application/problem+json", "cache-control": "no-store" });
  expect(body).toEqual({
    type: "/v1/problems/ORDER_NOT_FOUND",
    title: REASONS.ORDER_NOT_FOUND.meaning,
    status: 404,
    detail: "there is no order 7",
    instance: "urn:polywire:request:req-1",
    code: "NOT_FOUND",
    reason: "ORDER_NOT_FOUND",
    requestId: "req-1",
  });
});

test("toProblem + an error without a reason is about:blank", () => {
  const { body } = toProblem(new ConnectError("no", Code.NotFound), "r");
  expect(body).toMatchObject({ type: "about:blank", title: "NOT_FOUND", status: 404 });
  expect(body).not.toHaveProperty("reason");
});

test("toProblem + names each wrong field by its contract path", () => {
  const { body } = toProblem(
    badRequest([{ field: "lines[0].quantity", rule: "int32.gte", description: "too few" }]),
    "r",
  );
  expect(body.errors).toEqual([{ field: "lines[0].quantity", rule: "int32.gte", description: "too few" }]);
});

test("toProblem + Retry-After is whole seconds, rounded up; the body keeps the milliseconds", () => {
  const { headers, body } = toProblem(rpcError("DRAINING", "later", { retryAfterMs: 1200 }), "r");
  expect(headers["retry-after"]).toBe("2");
  expect(body.retryAfterMs).toBe(1200);
});

test("toProblem + a 401 says why by WWW-Authenticate, a missing scope too", () => {
  const challenge = (reason: Reason) => toProblem(rpcError(reason, "no"), "r").headers["www-authenticate"];
  expect(challenge("TOKEN_MISSING")).toBe('Bearer realm="polywire"');
  expect(challenge("TOKEN_EXPIRED")).toBe('Bearer realm="polywire", error="invalid_token"');
  expect(challenge("SCOPE_REQUIRED")).toBe('Bearer realm="polywire", error="insufficient_scope"');
  expect(challenge("ORDER_NOT_FOUND")).toBeUndefined();
});

test("toProblem + a 405 names the methods that the error's metadata allows", () => {
  const error = rpcError("METHOD_NOT_ALLOWED", "no", { metadata: { allow: "GET, POST" } });
  expect(toProblem(error, "r").headers.allow).toBe("GET, POST");
  expect(toProblem(rpcError("INTERNAL", "no", { metadata: { allow: "GET" } }), "r").headers).not.toHaveProperty(
    "allow",
  );
});

test("toProblem and fromProblem + bring every code and every reason back", () => {
  const text = fc.string({ maxLength: 40 });
  const violation = fc.record({ field: text, rule: text, description: text });
  fc.assert(
    fc.property(
      fc.constantFrom(...REASON_NAMES),
      fc.record({
        message: text,
        retryAfterMs: fc.option(fc.nat(10_000_000), { nil: undefined }),
        conditional: fc.boolean(),
      }),
      (reason, { message, retryAfterMs, conditional }) => {
        const error = rpcError(reason, message, retryAfterMs === undefined ? {} : { retryAfterMs });
        const { status, body } = toProblem(error, "req-1", { conditional });
        const back = fromProblem(status, JSON.parse(JSON.stringify(body)));
        expect([back.code, back.rawMessage]).toEqual([error.code, error.rawMessage]);
        expect(errorDetails(back)).toEqual({ ...errorDetails(error), requestId: "req-1" });
      },
    ),
  );
  fc.assert(
    fc.property(fc.array(violation, { minLength: 1, maxLength: 5 }), (violations) => {
      const { status, body } = toProblem(badRequest(violations), "r");
      expect(errorDetails(fromProblem(status, body)).fieldViolations).toEqual(violations);
    }),
  );
  for (const code of CODES) {
    const { status, body } = toProblem(new ConnectError("why", code), "r");
    expect(codeName(fromProblem(status, body).code)).toBe(codeName(code));
  }
});

test("fromProblem + takes the status for any body that is not our problem document, and none of its text", () => {
  fc.assert(
    fc.property(fc.integer({ min: 400, max: 599 }), fc.jsonValue(), (status, body) => {
      const error = fromProblem(status, body);
      expect(error.rawMessage).toBe(`HTTP status ${status}`);
    }),
  );
  expect(fromProblem(502, "<html>upstream 10.0.0.7</html>").code).toBe(Code.Unavailable);
  expect(fromProblem(404, null).code).toBe(Code.NotFound);
});

test("fromProblem + a document with members of the wrong type is read as far as it goes", () => {
  const error = fromProblem(409, {
    code: "ABORTED",
    detail: 7,
    errors: [null, 3, { field: "a" }],
    retryAfterMs: -1,
    reason: {},
  });
  expect(error.code).toBe(Code.Aborted);
  expect(errorDetails(error).fieldViolations.map(({ field }) => field)).toEqual(["", "", "a"]);
  expect(errorDetails(error).retryAfterMs).toBeUndefined();
});
