import { createHttp1Connection } from "../src/http1/index.ts";
import { createNatsConnection } from "../src/nats/index.ts";
import { createPostgresConnection } from "../src/postgres/index.ts";
import { createSseDecoder } from "../src/sse/index.ts";
import { createWebSocketConnection } from "../src/websocket/index.ts";
import { pgMessage, ready, STARTUP } from "../tests/support/postgres-script.ts";
import { writeFrame } from "../tests/support/websocket-script.ts";

/** What a socket hands over at a time. */
const CHUNK_BYTES = 65_536;
const COUNT = 100_000;
/** Requests that are pipelined at a time. */
const BATCH = 100;
const CONTENT = new Uint8Array(200).fill(0x61);

/** One decoder over messages of 200 bytes; `run` does it once. */
export interface StreamCase {
  readonly name: string;
  readonly unit: "messages";
  readonly amount: number;
  readonly run: () => void;
}

/** The decoders of byte streams beside HTTP/2, each with what one side sends most. */
export function streamCases(): StreamCase[] {
  const head = text("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n");
  const responses = repeated(BATCH, head, CONTENT);
  const requests = repeated(BATCH, text("GET /orders/1 HTTP/1.1\r\nHost: x\r\n\r\n"));
  const websocket = repeated(COUNT, writeFrame("server", { opcode: 1, payload: CONTENT }));
  const masked = repeated(COUNT, writeFrame("client", { opcode: 1, payload: CONTENT }));
  const sse = repeated(COUNT, text("id: k:1\nevent: order\ndata: "), CONTENT, text("\n\n"));
  const nats = repeated(COUNT, text("MSG orders.created 7 200\r\n"), CONTENT, text("\r\n"));
  const rows = repeated(COUNT, pgMessage("D", { int16: 1 }, { int32: 200 }, CONTENT));
  const one = (name: string, run: () => void): StreamCase => ({ name, unit: "messages", amount: COUNT, run });
  return [
    one("HTTP/1.1, requests and responses of 200 bytes", () => {
      const connection = createHttp1Connection();
      for (let batch = 0; batch < COUNT / BATCH; batch++) {
        connection.push("client", requests);
        connection.push("server", responses);
      }
    }),
    one("WebSocket, text of 200 bytes from a server", () => {
      const connection = createWebSocketConnection();
      inChunks(websocket, (chunk) => connection.push("server", chunk));
    }),
    one("WebSocket, text of 200 bytes from a client", () => {
      const connection = createWebSocketConnection();
      inChunks(masked, (chunk) => connection.push("client", chunk));
    }),
    one("SSE, events of 200 bytes", () => {
      const decoder = createSseDecoder();
      inChunks(sse, (chunk) => decoder.push(chunk));
    }),
    one("NATS, MSG of 200 bytes", () => {
      const connection = createNatsConnection();
      inChunks(nats, (chunk) => connection.push("server", chunk));
    }),
    one("PostgreSQL, rows of 200 bytes", () => {
      const connection = createPostgresConnection();
      connection.push("client", STARTUP);
      connection.push("server", ready());
      connection.push("client", pgMessage("Q", "select"));
      inChunks(rows, (chunk) => connection.push("server", chunk));
    }),
  ];
}

function text(content: string): Uint8Array {
  return new Uint8Array(Buffer.from(content));
}

function repeated(count: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(Array.from({ length: count }, () => parts).flat()));
}

function inChunks(bytes: Uint8Array, take: (chunk: Uint8Array) => void): void {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) take(bytes.subarray(at, at + CHUNK_BYTES));
}
