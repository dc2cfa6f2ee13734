import fc from "fast-check";
import { toUtf8 } from "../../src/core/bytes.ts";
import type { Side } from "../../src/http1/index.ts";

/** Bytes of one side. */
export interface Part {
  readonly from: Side;
  readonly bytes: Uint8Array;
}

const field = fc.constantFrom(
  "Host: a",
  "X-Id:  7 ",
  "X-Empty:",
  "Accept: a,\tb",
  "bad field",
  "X-Bare: lf\nX-Next: 1",
);
const text = fc.stringMatching(/^[ -~]{0,40}$/);
const chunks = fc
  .record({ list: fc.array(text.filter((one) => one.length > 0)), extension: fc.constantFrom("", ";a=b", " ;x") })
  .map(({ list, extension }) => [
    "Transfer-Encoding: chunked\r\n",
    `${list.map((one) => `${one.length.toString(16)}${extension}\r\n${one}\r\n`).join("")}0\r\nX-Sum: 1\r\n\r\n`,
  ]);
const length = text.map((one) => [`Content-Length: ${one.length}\r\n`, one]);
const odd = fc.constantFrom(
  ["Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"],
  ["Content-Length: 1, 2\r\n", "?"],
  ["Transfer-Encoding: gzip\r\n", "?"],
  ["Transfer-Encoding: chunked\r\n", "3\r\nabcd\r\n0\r\n\r\n"],
);
const noBody = fc.constant(["", ""]);
const fields = fc.array(field, { maxLength: 3 }).map((list) => list.map((line) => `${line}\r\n`).join(""));

const request = fc
  .record({
    method: fc.constantFrom("GET", "HEAD", "POST", "CONNECT", "get it"),
    fields,
    upgrade: fc.constantFrom("", "", "", "Connection: Upgrade\r\nUpgrade: websocket\r\n"),
    body: fc.oneof(noBody, noBody, length, chunks, odd),
  })
  .map(({ method, fields, upgrade, body }) => `${method} /a?b HTTP/1.1\r\n${fields}${upgrade}${body[0]}\r\n${body[1]}`);

const response = fc
  .record({
    status: fc.constantFrom("200 OK", "204 No Content", "304 ", "404", "100 Continue", "103 Early", "101 Switching"),
    fields,
    body: fc.oneof(noBody, length, length, chunks, odd),
  })
  .map(({ status, fields, body }) => `HTTP/1.1 ${status}\r\n${fields}${body[0]}\r\n${body[1]}`);

/** A connection's bytes in the order in which they pass: requests and responses, most of them legal, some not. */
export const http1Conversation: fc.Arbitrary<Part[]> = fc.array(
  fc.oneof(
    request.map((one): Part => ({ from: "client", bytes: toUtf8(one) })),
    response.map((one): Part => ({ from: "server", bytes: toUtf8(one) })),
  ),
  { maxLength: 10 },
);
