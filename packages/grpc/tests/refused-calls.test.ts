import { once } from "node:events";
import { constants, createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { Code, createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { expect, onTestFinished, test } from "vitest";
import { createGrpcTransport } from "../src/index.ts";
import { errorOf } from "./support/calls.ts";
import { framed } from "./support/raw-call.ts";

/** A client of a bare HTTP/2 server that does this with its streams, counted from 1. */
async function startWith(serve: (stream: ServerHttp2Stream, number: number) => void) {
  let streams = 0;
  const server = createServer();
  server.on("stream", (stream) => {
    stream.on("error", () => undefined);
    streams += 1;
    serve(stream, streams);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const transport = createGrpcTransport({ address: `127.0.0.1:${(server.address() as AddressInfo).port}` });
  onTestFinished(() => transport.close());
  return { client: createClient(OrderService, transport), streams: () => streams };
}

const refuse = (stream: ServerHttp2Stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM);

function answer(stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.end(framed(new Uint8Array()));
}

test("a call that the server has refused unprocessed is made again, whatever it does", async () => {
  const { client, streams } = await startWith((stream, number) => (number <= 5 ? refuse : answer)(stream));
  expect(await client.createOrder({})).toMatchObject({ $typeName: "polywire.orders.v1.CreateOrderResponse" });
  expect(streams()).toBe(6);
});

test("a call that is always refused ends UNAVAILABLE", async () => {
  const { client, streams } = await startWith(refuse);
  expect((await errorOf(client.createOrder({}))).code).toBe(Code.Unavailable);
  // Four times, by grpc-js twice each.
  expect(streams()).toBe(8);
});

test("a call whose server only says that it was refused is not made again", async () => {
  const status = { "grpc-status": "14", "grpc-message": "Stream refused by server" };
  const { client, streams } = await startWith((stream) =>
    stream.respond({ ":status": 200, "content-type": "application/grpc", ...status }, { endStream: true }),
  );
  expect((await errorOf(client.createOrder({}))).code).toBe(Code.Unavailable);
  expect(streams()).toBe(1);
});

test("a call that was cut while it may have been processed is not made again", async () => {
  const { client, streams } = await startWith((stream) => stream.session?.destroy());
  expect((await errorOf(client.createOrder({}))).code).toBe(Code.Unavailable);
  expect(streams()).toBe(1);
});
