import { expect, test } from "vitest";
import { writeEnvelope } from "../core/envelope.ts";
import { createConnectionView, describeTapEvent, type LayerEvent } from "./index.ts";

const TOKEN = "eyJhbGciOiJFZERTQSJ9.abc.def";

/** The events of one HTTP/1.1 exchange, described. */
function exchange(request: string, response: string) {
  const view = createConnectionView({
    protocol: "auto",
    protobuf: undefined,
    websocketTypes: undefined,
    maxCalls: 10,
    maxMessageBytes: 1000,
  });
  const events: LayerEvent[] = [
    ...view.push("client", Buffer.from(request, "latin1")),
    ...view.push("server", Buffer.from(response, "latin1")),
  ];
  return events.map((event, seq) => describeTapEvent({ ...event, seq, connection: 1, atMs: seq }));
}

const body = `{"order":{"id":"o-1"},"token":"${TOKEN}"}`;

test("describeTapEvent + shows no token, wherever it stands", () => {
  const events = exchange(
    `POST /rt/sse?access_token=${TOKEN}&x=1 HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${TOKEN}\r\ncookie: ${TOKEN}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    `HTTP/1.1 200 OK\r\ncontent-length: 0\r\nset-cookie: ${TOKEN}\r\n\r\n`,
  );
  const text = JSON.stringify(events);
  expect(text).not.toContain(TOKEN.slice(0, 10));
  expect(text).toContain("Bearer [redacted, 28 characters]");
  expect(text).toContain("&x=1");
  expect(text).toContain("o-1");
});

test("describeTapEvent + survives JSON unchanged, without the bytes of the traffic", () => {
  const message = Buffer.from(writeEnvelope(0, Buffer.from("0a0101", "hex"))).toString("latin1");
  const events = exchange(
    `POST /a.B/C HTTP/1.1\r\nhost: a\r\ncontent-type: application/grpc-web+proto\r\ncontent-length: ${message.length}\r\n\r\n${message}`,
    "HTTP/1.1 503 Unavailable\r\ncontent-length: 0\r\n\r\n",
  );
  expect(JSON.parse(JSON.stringify(events))).toEqual(events);
  const messages = events.filter((event) => event.layer === "call" && event.event.type === "message");
  expect(messages).toMatchObject([{ event: { from: "client", length: 3, framingBytes: 5, hex: "0a0101" } }]);
});
