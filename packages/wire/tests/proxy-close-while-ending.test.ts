import { expect, test } from "vitest";
import { createTcpProxy } from "../src/proxy/index.ts";
import { openClient, startServer } from "./support/tcp.ts";

test("createTcpProxy + closes in the moment in which it passes on the end of one side", async () => {
  await using server = await startServer((socket) => socket.resume().on("end", () => socket.end()));
  const ending = Promise.withResolvers<void>();
  let reason: string | undefined;
  const proxy = await createTcpProxy({
    upstream: server.endpoint,
    observe(event) {
      if (event.kind === "half-close") ending.resolve();
      if (event.kind === "close") reason = event.reason;
    },
  });
  using client = await openClient(proxy.address);
  client.end();
  await ending.promise;
  await proxy.close();
  expect(reason).toBe("proxy-closed");
});
