import { ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { errorDetails } from "./details.ts";
import { requireScope } from "./principal.ts";

test("requireScope lets the holder through", () => {
  expect(requireScope({ subject: "s", scopes: ["orders:fulfil"] }, "orders:fulfil")).toBeUndefined();
});

test.each([[undefined], [{ subject: "s", scopes: ["orders"] }]])(
  "requireScope refuses %j and names the scope",
  (principal) => {
    let thrown: unknown;
    try {
      requireScope(principal, "orders:fulfil");
    } catch (error) {
      thrown = error;
    }
    expect(errorDetails(ConnectError.from(thrown))).toMatchObject({
      reason: "SCOPE_REQUIRED",
      metadata: { scope: "orders:fulfil" },
    });
  },
);
