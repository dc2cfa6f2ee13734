import { once } from "node:events";
import { request } from "node:http";
import type { ConnectError } from "@connectrpc/connect";
import { errorDetails, rpcError } from "@polywire/rpc";
import { expect, test } from "vitest";
import { readBody } from "../src/index.ts";
import { httpServer } from "./http-server.ts";

const MAX_BYTES = 1000;

async function bodyServer(signal: AbortSignal = new AbortController().signal) {
  const outcomes: (string | undefined)[] = [];
  const server = await httpServer((incoming, response) => {
    void readBody(incoming, { maxBytes: MAX_BYTES, signal })
      .then(String, (error: ConnectError) => {
        response.setHeader("connection", "close");
        return errorDetails(error).reason;
      })
      .then((outcome) => {
        outcomes.push(outcome);
        response.end(outcome);
      });
  });
  return { ...server, outcomes };
}

async function post(url: string, body: string | ReadableStream): Promise<string> {
  const response = await fetch(url, { method: "POST", body, duplex: "half" } as RequestInit);
  return response.text();
}

test("readBody + takes a body of exactly the limit, an empty one, and none", async () => {
  await using server = await bodyServer();
  expect(await post(server.url, "x".repeat(MAX_BYTES))).toBe("x".repeat(MAX_BYTES));
  expect(await post(server.url, "")).toBe("");
  expect(await (await fetch(server.url)).text()).toBe("");
});

test("readBody + refuses one byte more, with and without a declared length, and the client reads the refusal", async () => {
  await using server = await bodyServer();
  expect(await post(server.url, "x".repeat(MAX_BYTES + 1))).toBe("REQUEST_TOO_LARGE");
  expect(await post(server.url, "x".repeat(2_000_000))).toBe("REQUEST_TOO_LARGE");
  expect(await post(server.url, new Blob(["x".repeat(2_000_000)]).stream())).toBe("REQUEST_TOO_LARGE");
});

test("readBody + stops throwing away at its bound: an endless body is refused too", async () => {
  await using server = await bodyServer();
  const sending = request(server.url, { method: "POST" });
  sending.on("error", () => undefined);
  const chunk = Buffer.alloc(65_536);
  const pump = () => {
    while (!sending.destroyed && sending.write(chunk)) {
      // Until the socket is full.
    }
  };
  sending.on("drain", pump);
  pump();
  await Promise.race([once(sending, "response"), once(sending, "close")]);
  sending.destroy();
  expect(server.outcomes).toEqual(["REQUEST_TOO_LARGE"]);
});

test("readBody + ends with the signal while a client keeps its body back", async () => {
  const deadline = new AbortController();
  await using server = await bodyServer(deadline.signal);
  const sending = request(server.url, { method: "POST", headers: { "content-length": "10" } });
  sending.write("x");
  setImmediate(() => deadline.abort(rpcError("DEADLINE_PASSED", "too late")));
  const [response] = await once(sending, "response");
  response.resume();
  expect(server.outcomes).toEqual(["DEADLINE_PASSED"]);
  sending.destroy();
});

test("readBody + a client that leaves in the middle is a cancelled call", async () => {
  await using server = await bodyServer();
  const sending = request(server.url, { method: "POST", headers: { "content-length": "10" } });
  sending.on("error", () => undefined);
  sending.write("x", () => sending.destroy());
  await expect.poll(() => server.outcomes).toEqual(["CALL_CANCELLED"]);
});
