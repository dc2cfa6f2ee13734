import { expect, test } from "vitest";
import { createSniffer, type TapProtocol } from "./sniff.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const SETTINGS = bytes("\x00\x00\x00\x04\x00\x00\x00\x00\x00");
const STARTUP = Uint8Array.of(0, 0, 0, 40, 0, 3, 0, 0);
const SSL_REQUEST = Uint8Array.of(0, 0, 0, 8, 4, 210, 22, 47);

test.each<[string, "client" | "server", Uint8Array, TapProtocol]>([
  ["the preface of HTTP/2", "client", bytes("PRI * HTTP/2.0\r\n"), "http2"],
  ["the SETTINGS of a server that does not wait", "server", SETTINGS, "http2"],
  ["a request of HTTP/1.1", "client", bytes("GET / HTTP/1.1\r\n"), "http1"],
  ["a method of its own", "client", bytes("PURGE /a HTTP/1.1\r\n"), "http1"],
  ["the INFO of a NATS server", "server", bytes('INFO {"a":1}'), "nats"],
  ["a StartupMessage", "client", STARTUP, "postgres"],
  ["an SSLRequest", "client", SSL_REQUEST, "postgres"],
  ["anything else of a client", "client", bytes("\x16\x03\x01".padEnd(24, "x")), "opaque"],
  ["anything else of a server", "server", bytes("220 mail.example.org ESMTP"), "opaque"],
])("createSniffer + tells by %s, in one piece or byte by byte", (...[, from, input, protocol]) => {
  expect(createSniffer().push(from, input)).toBe(protocol);
  const sniffer = createSniffer();
  const answers = [...input].map((byte) => sniffer.push(from, Uint8Array.of(byte)));
  expect(answers.find((answer) => answer !== undefined)).toBe(protocol);
});

test("createSniffer + waits while the bytes can still be several protocols", () => {
  expect(createSniffer().push("client", bytes("PRI"))).toBeUndefined();
  expect(createSniffer().push("server", bytes("INF"))).toBeUndefined();
});
