import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { expect, test, vi } from "vitest";
import { servedCall } from "../call-context.ts";
import { errorDetails } from "../details.ts";
import { answering, rejection, streamRequest, unaryRequest } from "../testing/requests.ts";
import { authorization } from "./authorization.ts";

const { getOrder, importOrders } = OrderService.method;
const authorize = authorization({ scopes: new Map([getOrder, importOrders].map((method) => [method, "orders:read"])) });

test.each([
  ["unary", () => unaryRequest()],
  ["stream", () => streamRequest()],
])(
  "authorization refuses a %s call without the scope before any work, and lets its holder through",
  async (_, make) => {
    const work = vi.fn(answering());
    const request = make();
    expect(errorDetails((await rejection(authorize(work)(request))) as never).reason).toBe("SCOPE_REQUIRED");
    servedCall(request).principal = { subject: "customer-1", scopes: ["orders:write"] };
    expect(errorDetails((await rejection(authorize(work)(request))) as never).reason).toBe("SCOPE_REQUIRED");
    expect(work).not.toHaveBeenCalled();
    servedCall(request).principal = { subject: "customer-1", scopes: ["orders:read"] };
    await authorize(work)(request);
    expect(work).toHaveBeenCalledOnce();
  },
);

test("authorization lets everybody call a method that needs no scope", async () => {
  const request = { ...unaryRequest(), method: OrderService.method.listOrders };
  await authorize(answering())(request as never);
});
