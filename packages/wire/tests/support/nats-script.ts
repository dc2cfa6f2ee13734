import fc from "fast-check";
import type { Side } from "../../src/nats/index.ts";

const subject = fc.constantFrom("orders.created", "_INBOX.a.7", "$JS.API.INFO", "a.>");
const content = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.constantFrom("PING\r\n", "MSG a 1 3\r\nabc\r\n", "").map((text) => new Uint8Array(Buffer.from(text))),
);
const headers = fc.constantFrom(
  "NATS/1.0\r\n\r\n",
  "NATS/1.0 503\r\n\r\n",
  "NATS/1.0 408 Request Timeout\r\nA: b\r\nNats-Msg-Id:x:y\r\n\r\n",
  "HTTP/1.1\r\n\r\n",
);

const withContent = (verb: string) =>
  fc
    .tuple(fc.boolean(), subject, fc.constantFrom("", " _INBOX.reply"), headers, content)
    .map(([hasHeaders, to, reply, head, body]) => {
      const sizes = hasHeaders ? `${head.length} ${head.length + body.length}` : `${body.length}`;
      const sid = verb === "MSG" ? " 7" : "";
      const line = `${hasHeaders ? "H" : ""}${verb} ${to}${sid}${reply} ${sizes}\r\n`;
      return Buffer.concat([Buffer.from(line + (hasHeaders ? head : "")), body, Buffer.from("\r\n")]);
    });

const lines: Readonly<Record<Side, readonly string[]>> = {
  client: [
    'CONNECT {"verbose":false,"pass":"s3cret","name":"ä"}\r\n',
    "SUB a.b 1\r\n",
    "sub a.b\tgroup 2\r\n",
    "UNSUB 1\r\n",
    "UNSUB 1 5\r\n",
    "PING\r\n",
    "Pong\r\n",
    "CONNECT {\r\n",
    "SUB a\r\n",
    "PUB a b c 1\r\n",
    "WHAT is this\r\n",
    "PING\n",
  ],
  server: [
    'INFO {"server_id":"N","max_payload":1048576}\r\n',
    "+OK\r\n",
    "-ERR 'Authorization Violation'\r\n",
    "PING\r\n",
    "PONG\r\n",
    "INFO []\r\n",
    "MSG a 1 x\r\n",
  ],
};

/** The bytes of one side: operations, most of them legal, some not. */
export function natsBytes(from: Side): fc.Arbitrary<Uint8Array> {
  const verb = from === "client" ? "PUB" : "MSG";
  const operation = fc.oneof(
    fc.constantFrom(...lines[from]).map((line) => Buffer.from(line)),
    withContent(verb),
    withContent(verb),
  );
  return fc.array(operation, { maxLength: 12 }).map((list) => new Uint8Array(Buffer.concat(list)));
}
