import { create } from "@bufbuild/protobuf";
import { CommandReplySchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { type CallContext, type CallRecord, rpcError } from "@polywire/rpc";
import { expect, test } from "vitest";
import { createMemoryEventLog } from "../src/server/index.ts";
import { startNode, tokenFor, until } from "./support/node.ts";
import { connectWs } from "./support/ws-client.ts";

const orderId = "00000000-0000-4000-8000-000000000001";
const getOrder = { case: "getOrder", value: { orderId } } as const;

test("a command is executed with the connection's principal, token and deadline, and logged", async () => {
  const calls: CallContext[] = [];
  const records: CallRecord[] = [];
  const token = tokenFor("ada");
  await using node = await startNode(createMemoryEventLog(), {
    server: {
      callLog: (record) => records.push(record),
      execute: async (_, call) => {
        calls.push(call);
        return create(CommandReplySchema, { result: { case: "getOrder", value: { order: { orderId } } } });
      },
    },
  });
  const client = await connectWs(node.port, { token });
  const startedMs = Date.now();
  expect(await client.request({ case: "command", value: { call: getOrder, timeout: { seconds: 3n } } })).toMatchObject({
    case: "commandReply",
    value: { result: { case: "getOrder", value: { order: { orderId } } } },
  });
  expect(calls[0]).toMatchObject({ principal: { subject: "ada" }, token });
  expect((calls[0]?.deadlineMs ?? 0) - startedMs).toBeGreaterThanOrEqual(2990);
  expect((calls[0]?.deadlineMs ?? 0) - startedMs).toBeLessThan(3500);
  expect(records).toMatchObject([{ method: "ws/getOrder", code: "OK", subject: "ada" }]);
});

test("a command that outlives its deadline answers DEADLINE_EXCEEDED and is cancelled", async () => {
  const cancelled = Promise.withResolvers<void>();
  await using node = await startNode(createMemoryEventLog(), {
    server: {
      maxCommandTimeoutMs: 50,
      execute: (_, { signal }) => {
        signal.addEventListener("abort", () => cancelled.resolve());
        return new Promise(() => undefined);
      },
    },
  });
  const client = await connectWs(node.port);
  expect(
    await client.request({ case: "command", value: { call: getOrder, timeout: { seconds: 300n } } }),
  ).toMatchObject({ case: "error", value: { code: "DEADLINE_EXCEEDED", reason: "DEADLINE_PASSED" } });
  await cancelled.promise;
});

test("a command is cancelled when its socket closes", async () => {
  const started = Promise.withResolvers<AbortSignal>();
  await using node = await startNode(createMemoryEventLog(), {
    server: {
      execute: (_, { signal }) => {
        started.resolve(signal);
        return new Promise(() => undefined);
      },
    },
  });
  const client = await connectWs(node.port);
  client.request({ case: "command", value: { call: getOrder } }).catch(() => undefined);
  const signal = await started.promise;
  client.socket.terminate();
  await until(() => signal.aborted);
});

test("an error of the order service keeps its code, reason and advice; another one is INTERNAL without its text", async () => {
  const failures = [
    rpcError("ORDER_NOT_FOUND", "there is no such order", { retryAfterMs: 1500 }),
    new Error("password=hunter2"),
  ];
  await using node = await startNode(createMemoryEventLog(), {
    server: { execute: () => Promise.reject(failures.shift()) },
  });
  const client = await connectWs(node.port);
  const command = { case: "command", value: { call: getOrder } } as const;
  expect(await client.request(command)).toMatchObject({
    case: "error",
    value: {
      code: "NOT_FOUND",
      reason: "ORDER_NOT_FOUND",
      message: "there is no such order",
      retryAfter: { seconds: 1n, nanos: 500_000_000 },
    },
  });
  expect(await client.request(command)).toMatchObject({ value: { code: "INTERNAL", message: "internal error" } });
  expect(JSON.stringify(client.frames, (_, value) => (typeof value === "bigint" ? `${value}` : value))).not.toContain(
    "hunter2",
  );
});
