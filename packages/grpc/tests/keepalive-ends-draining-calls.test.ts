import { Client, credentials, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { expect, onTestFinished, test } from "vitest";
import { startOrders } from "./support/orders-server.ts";

const PATH = "/test.Service/Call";
const PING_MS = 50;
/** Long after the first ping that would be due. */
const CALL_MS = 10 * PING_MS;

const asIs = (bytes: Buffer) => bytes;

/** One call on grpc-js as it is, to a server that begins to drain while the call runs; resolves with its status. */
async function drainDuringCall({ client: clientOptions = {}, server: serverOptions = {} }): Promise<status> {
  const server = new Server(serverOptions);
  onTestFinished(() => server.forceShutdown());
  const coding = {
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
  const method = { path: PATH, requestStream: false, responseStream: false, ...coding } as const;
  server.addService(
    { call: method },
    {
      call: (_call: unknown, answer: (error: null, bytes: Buffer) => void) => {
        server.tryShutdown(() => undefined);
        setTimeout(() => answer(null, Buffer.alloc(0)), CALL_MS);
      },
    },
  );
  const port = await new Promise<number>((resolve) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (_error, bound) => resolve(bound));
  });
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), clientOptions);
  onTestFinished(() => client.close());
  return new Promise((resolve) => {
    client.makeUnaryRequest(PATH, asIs, asIs, Buffer.alloc(0), (error) => resolve(error?.code ?? status.OK));
  });
}

// The reason for docs/adr/0010-no-keepalive-pings.md: when one of the next two fails, grpc-js has become better and
// pings can be had.
test("grpc-js as a client with keepalive ends a call on a connection that drains (grpc-node#3068)", async () => {
  expect(await drainDuringCall({ client: { "grpc.keepalive_time_ms": PING_MS } })).toBe(status.UNAVAILABLE);
});

test("grpc-js as a server with keepalive does so too", async () => {
  expect(await drainDuringCall({ server: { "grpc.keepalive_time_ms": PING_MS } })).toBe(status.UNAVAILABLE);
});

test("grpc-js without keepalive lets the call finish", async () => {
  expect(await drainDuringCall({})).toBe(status.OK);
});

test("createGrpcTransport and createGrpcServer let a call finish on a connection that drains", async () => {
  await using orders = await startOrders({
    getOrder: () =>
      new Promise((resolve) => {
        drained = orders.server.drain(60_000);
        setTimeout(() => resolve({ order: { note: "done" } }), CALL_MS);
      }),
  });
  let drained: Promise<void> | undefined;
  expect((await orders.client.getOrder({})).order?.note).toBe("done");
  await drained;
});
