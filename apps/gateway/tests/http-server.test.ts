import { once } from "node:events";
import { get } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { listenHttp } from "../src/serve/http-server.ts";

test("drain + cuts what is still in flight when its time is over", async () => {
  const arrived = Promise.withResolvers<void>();
  const server = await listenHttp({ host: "127.0.0.1", port: 0 }, () => arrived.resolve());
  const request = get({ host: "127.0.0.1", port: server.port });
  const failed = once(request, "error");
  await arrived.promise;
  const startedMs = performance.now();
  await server.drain(50);
  expect(performance.now() - startedMs).toBeLessThan(1000);
  const [error] = await failed;
  expect(error.code).toBe("ECONNRESET");
});

test("drain + tells a client that keeps its connection to close it", async () => {
  const arrivals = { "/slow": Promise.withResolvers<void>(), "/next": Promise.withResolvers<void>() };
  const proceed = Promise.withResolvers<void>();
  const server = await listenHttp({ host: "127.0.0.1", port: 0 }, (request, response) => {
    arrivals[request.url as keyof typeof arrivals].resolve();
    void proceed.promise.then(() => response.end());
  });
  const socket = connect(server.port, "127.0.0.1");
  const answers: Buffer[] = [];
  socket.on("data", (bytes) => answers.push(bytes));
  socket.write("GET /slow HTTP/1.1\r\nhost: a\r\n\r\n");
  await arrivals["/slow"].promise;
  const draining = server.drain(5000);
  socket.write("GET /next HTTP/1.1\r\nhost: a\r\n\r\n");
  await arrivals["/next"].promise;
  proceed.resolve();
  await once(socket, "close");
  const [slow, next] = Buffer.concat(answers)
    .toString()
    .split(/(?<=chunked|Length: 0)\r\n\r\n/i);
  expect(slow).toMatch(/^connection: keep-alive/im);
  expect(next).toMatch(/^connection: close/im);
  await draining;
});
