import { ConnectError } from "@connectrpc/connect";
import { expect, test, vi } from "vitest";
import { servedCall } from "../call-context.ts";
import { errorDetails } from "../details.ts";
import { rpcError } from "../errors.ts";
import { answering, rejection, unaryRequest } from "../testing/requests.ts";
import { authentication } from "./authentication.ts";

const verified = { subject: "customer-1", scopes: ["a"], expiresAtMs: 1 };

test("authentication notes whose token it is", async () => {
  const request = unaryRequest({ authorization: "Bearer good" });
  await authentication({ verify: async () => verified })(answering())(request);
  expect(servedCall(request)).toMatchObject({ principal: verified, token: "good" });
});

test("authentication asks no further about a token that the verifier knows", async () => {
  const verify = Object.assign(vi.fn(), { known: () => verified });
  await authentication({ verify })(answering())(unaryRequest({ authorization: "bearer good" }));
  expect(verify).not.toHaveBeenCalled();
});

test.each([
  [{}, "TOKEN_MISSING"],
  [{ authorization: "Basic abc" }, "TOKEN_INVALID"],
  [{ authorization: "Bearer" }, "TOKEN_INVALID"],
  [{ authorization: "Bearer bad" }, "TOKEN_EXPIRED"],
])("authentication answers %j with %s before any work", async (header, reason) => {
  const work = vi.fn(answering());
  const verify = async () => {
    throw rpcError("TOKEN_EXPIRED", "expired");
  };
  const call = authentication({ verify })(work)(unaryRequest(header as Record<string, string>));
  expect(errorDetails(ConnectError.from(await rejection(call))).reason).toBe(reason);
  expect(work).not.toHaveBeenCalled();
});

test("authentication bounds the check by the call's signal", async () => {
  const verify = vi.fn(async () => verified);
  const request = unaryRequest({ authorization: "Bearer good" });
  await authentication({ verify })(answering())(request);
  expect(verify).toHaveBeenCalledWith("good", request.signal);
});

test("authentication needs no token for public services", async () => {
  const verify = vi.fn();
  const publicServices = ["polywire.orders.v1.OrderService"];
  await authentication({ verify, publicServices })(answering())(unaryRequest());
  expect(verify).not.toHaveBeenCalled();
});
