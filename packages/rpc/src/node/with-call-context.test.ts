import { ConnectError, type Transport } from "@connectrpc/connect";
import { GetOrderRequestSchema, OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { expect, test } from "vitest";
import { type CallContext, deadlineKey } from "../call-context.ts";
import { errorDetails } from "../details.ts";
import { rejection } from "../testing/requests.ts";
import { runInCall } from "./current-call.ts";
import { type WithCallContextOptions, withCallContext } from "./with-call-context.ts";

interface Sent {
  signal: AbortSignal | undefined;
  timeoutMs: number | undefined;
  header: Record<string, string>;
  deadlineMs?: number | undefined;
}

const context: CallContext = {
  deadlineMs: 2000,
  signal: new AbortController().signal,
  principal: undefined,
  token: "callers-token",
  requestId: "abc",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
};

async function send(own: Partial<Sent> = {}, options: WithCallContextOptions = {}): Promise<Sent> {
  let sent: Sent | undefined;
  const record: Transport["unary"] = async (...[, signal, timeoutMs, header, , contextValues]) => {
    const deadlineMs = contextValues?.get(deadlineKey);
    sent = { signal, timeoutMs, header: Object.fromEntries(new Headers(header)), deadlineMs };
    return {} as Awaited<ReturnType<Transport["unary"]>> as never;
  };
  const transport = withCallContext({ unary: record, stream: record as never }, { clock: () => 1000, ...options });
  await transport.unary(
    OrderService.method.getOrder,
    own.signal,
    own.timeoutMs,
    own.header,
    GetOrderRequestSchema as never,
  );
  if (!sent) throw new Error("nothing was sent");
  return sent;
}

test("withCallContext gives what remains of the deadline minus the margin", async () => {
  expect((await runInCall(context, () => send())).timeoutMs).toBe(990);
  expect((await runInCall(context, () => send({}, { marginMs: 100 }))).timeoutMs).toBe(900);
});

test("withCallContext keeps an own timeout that is shorter", async () => {
  expect((await runInCall(context, () => send({ timeoutMs: 5 }))).timeoutMs).toBe(5);
  expect((await runInCall(context, () => send({ timeoutMs: 5000 }))).timeoutMs).toBe(990);
});

test("withCallContext leaves interceptors the deadline, also that of an own timeout outside of a call", async () => {
  expect((await runInCall(context, () => send())).deadlineMs).toBe(1990);
  expect((await send({ timeoutMs: 5 })).deadlineMs).toBe(1005);
  expect((await send({ timeoutMs: 0 })).deadlineMs).toBeUndefined();
});

test("withCallContext refuses a call that has no time left", async () => {
  const error = await rejection(runInCall({ ...context, deadlineMs: 1010 }, () => send()));
  expect(errorDetails(ConnectError.from(error)).reason).toBe("DEADLINE_PASSED");
});

test("withCallContext links cancellation, an own signal included", async () => {
  const [outer, own] = [new AbortController(), new AbortController()];
  const call = { ...context, signal: outer.signal };
  expect((await runInCall(call, () => send())).signal).toBe(outer.signal);
  const both = await runInCall(call, () => send({ signal: own.signal }));
  own.abort();
  expect(both.signal?.aborted).toBe(true);
});

test("withCallContext forwards id, trace and token", async () => {
  expect((await runInCall(context, () => send())).header).toEqual({
    "x-request-id": "abc",
    traceparent: context.traceparent,
    authorization: "Bearer callers-token",
  });
});

test("withCallContext leaves an own token alone", async () => {
  const { header } = await runInCall(context, () => send({ header: { authorization: "Bearer mine" } }));
  expect(header.authorization).toBe("Bearer mine");
});

test("withCallContext uses the default token only outside of a call", async () => {
  const defaultToken = () => "service-token";
  expect((await send({}, { defaultToken })).header).toEqual({ authorization: "Bearer service-token" });
  const inCall = await runInCall({ ...context, token: undefined }, () => send({}, { defaultToken }));
  expect(inCall.header.authorization).toBeUndefined();
});
