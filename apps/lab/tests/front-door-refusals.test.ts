import { once } from "node:events";
import { constants, createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { codeName } from "@polywire/rpc";
import { freePort, partOptionsFromEnvironment, startEnvoy } from "@polywire/system";
import { expect, onTestFinished, test } from "vitest";
import { frontDoorConfig } from "../src/system/front-door.ts";

const HOST = "127.0.0.1";
const NOBODY = `${HOST}:1`;

/** A front door before an order service that does this with its calls, counted from 1. */
async function startBehind(serve: (stream: ServerHttp2Stream, number: number) => void) {
  let calls = 0;
  const orders = createServer();
  orders.on("stream", (stream) => {
    stream.on("error", () => undefined);
    calls += 1;
    serve(stream, calls);
  });
  orders.listen(0, HOST);
  await once(orders, "listening");
  onTestFinished(() => void orders.close());
  const address = `${HOST}:${(orders.address() as AddressInfo).port}`;
  const { port } = await freePort();
  const others = { gateway: [NOBODY], realtime: [NOBODY], web: NOBODY };
  const config = frontDoorConfig({ host: HOST, port, ordersGrpc: [address], ordersConnect: [address], ...others });
  const envoy = await startEnvoy({ config, port, parts: partOptionsFromEnvironment(process.env) });
  onTestFinished(() => envoy[Symbol.asyncDispose]());
  return { baseUrl: `http://${HOST}:${port}`, calls: () => calls };
}

const refuse = (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM);
const cut = (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR);

const WIRES = {
  grpc: {
    connect: (baseUrl: string) => createGrpcTransport({ baseUrl }),
    answer(stream: ServerHttp2Stream) {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.alloc(5));
    },
  },
  connect: {
    connect: (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
    answer(stream: ServerHttp2Stream) {
      stream.respond({ ":status": 200, "content-type": "application/proto" });
      stream.end();
    },
  },
} as const;

test.each(["grpc", "connect"] as const)(
  "the front door sends a %s call again that the order service refused unprocessed, whatever it does",
  async (wire) => {
    const { connect, answer } = WIRES[wire];
    const door = await startBehind((stream, number) => (number <= 2 ? refuse : answer)(stream));
    await createClient(OrderService, connect(door.baseUrl)).createOrder({});
    expect(door.calls()).toBe(3);
  },
);

test("the front door does not send a call again that was cut while it may have been processed", async () => {
  const door = await startBehind(cut);
  const call = createClient(OrderService, WIRES.grpc.connect(door.baseUrl)).createOrder({});
  expect(await call.catch((error: unknown) => codeName(ConnectError.from(error).code))).toBe("UNAVAILABLE");
  expect(door.calls()).toBe(1);
});
