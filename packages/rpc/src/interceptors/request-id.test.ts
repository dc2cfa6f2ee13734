import { ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { responseHeaderKey } from "../call-context.ts";
import { rpcError } from "../errors.ts";
import { answering, failing, rejection, streamRequest, unaryRequest } from "../testing/requests.ts";
import { requestId } from "./request-id.ts";

test("requestId tells the caller its own id", async () => {
  const response = await requestId(answering())(unaryRequest({ "x-request-id": "abc" }));
  expect(response.header.get("x-request-id")).toBe("abc");
});

test("requestId makes an id for a stream without one", async () => {
  const response = await requestId(answering())(streamRequest());
  expect(response.header.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

test("requestId tells it with an error", async () => {
  const call = requestId(failing(rpcError("INTERNAL", "x")))(unaryRequest({ "x-request-id": "abc" }));
  expect(ConnectError.from(await rejection(call)).metadata.get("x-request-id")).toBe("abc");
});

test("requestId leaves an error alone that ends other calls too", async () => {
  const shared = rpcError("DRAINING", "shutting down");
  const ids = ["a", "b"].map((id) => rejection(requestId(failing(shared))(unaryRequest({ "x-request-id": id }))));
  const told = (await Promise.all(ids)) as ConnectError[];
  expect(told.map(({ metadata }) => metadata.get("x-request-id"))).toEqual(["a", "b"]);
  expect(told[0]).toMatchObject({ code: shared.code, rawMessage: shared.rawMessage, details: shared.details });
});

test("requestId sets the header beforehand where the engine sends it with errors too", async () => {
  const request = unaryRequest({ "x-request-id": "abc" });
  const header = new Headers();
  request.contextValues.set(responseHeaderKey, header);
  await rejection(requestId(failing(new Error("x")))(request));
  expect(header.get("x-request-id")).toBe("abc");
});
