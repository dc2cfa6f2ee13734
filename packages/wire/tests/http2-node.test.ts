import { once } from "node:events";
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders, sensitiveHeaders } from "node:http2";
import { expect, test } from "vitest";
import { createHttp2Connection, type HeadersKind, type Http2Event, type Side } from "../src/http2/index.ts";
import { startHttp2Server } from "./support/http2-server.ts";
import { type Recorded, startRecorder } from "./support/recorder.ts";

const PATHS = ["/a", "/b", "/a", "/large", "/c"];

interface Answer {
  readonly response: string[];
  readonly trailers: string[];
}

async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders): Promise<Answer> {
  const stream = session.request(headers);
  const response = once(stream, "response");
  const trailers = once(stream, "trailers");
  stream.resume();
  await once(stream, "close");
  return { response: (await response)[2], trailers: (await trailers)[2] };
}

/** Real calls of Node's own client to Node's own server, and the header lists that both took from the wire. */
async function record(settings: { headerTableSize: number }) {
  await using server = await startHttp2Server();
  await using recorder = await startRecorder(server.port);
  const session = connect(`http://127.0.0.1:${recorder.port}`, { settings });
  const answers: Answer[] = [];
  for (const path of PATHS) {
    const headers = { ":path": path, "x-now": `${answers.length}`, authorization: "secret", "x-utf8": "Zürich" };
    answers.push(await ask(session, { ...headers, [sensitiveHeaders]: ["authorization"] }));
  }
  session.close();
  await recorder.clientsEnded();
  return { recorded: recorder.connections[0] ?? [], requests: server.received, answers };
}

function decode(recorded: readonly Recorded[], join: "start" | "middle"): Http2Event[] {
  const connection = createHttp2Connection({ join });
  return recorded.flatMap(({ from, bytes }) => [...connection.push(from, bytes)]);
}

/** Header lists in the form of Node's raw headers. */
function lists(events: readonly Http2Event[], from: Side, kind: HeadersKind): (string | null)[][] {
  return events
    .filter((event) => event.type === "headers" && event.from === from && event.kind === kind)
    .map(
      (event) => (event.type === "headers" && event.block?.fields.flatMap(({ name, value }) => [name, value])) || [],
    );
}

test.each([4096, 100, 0])(
  "createHttp2Connection + the header lists of Node's nghttp2, table of %i bytes",
  async (size) => {
    const { recorded, requests, answers } = await record({ headerTableSize: size });
    const events = decode(recorded, "start");
    expect(events.filter(({ type }) => type === "error")).toEqual([]);
    expect(lists(events, "client", "request")).toEqual(requests);
    expect(lists(events, "server", "response")).toEqual(answers.map(({ response }) => response));
    expect(lists(events, "server", "trailers")).toEqual(answers.map(({ trailers }) => trailers));
  },
);

test("createHttp2Connection + HPACK makes the second call's headers much smaller, and says by how much", async () => {
  const { recorded } = await record({ headerTableSize: 4096 });
  const requests = decode(recorded, "start").flatMap((event) =>
    event.type === "headers" && event.kind === "request" && event.block !== null ? [event.block] : [],
  );
  const [first, second] = requests;
  expect(first).toMatchObject({ tableBytesBefore: 0, complete: true });
  expect(second?.tableBytesBefore).toBe(first?.tableBytesAfter);
  expect(second?.listBytes).toBe(first?.listBytes);
  expect(second?.encodedBytes).toBeLessThan((first?.encodedBytes ?? 0) / 2);
});

test("createHttp2Connection + joining in the middle gives the truth or null", async () => {
  const { recorded } = await record({ headerTableSize: 4096 });
  const truth = decode(recorded, "start");
  const seen: (string | null)[] = [];
  for (let from = 1; from < recorded.length; from++) {
    // Any number of bytes into a chunk: no frame boundary is given away.
    const [first, ...rest] = recorded.slice(from) as [Recorded, ...Recorded[]];
    const late = decode(
      [{ from: first.from, bytes: first.bytes.subarray(from % first.bytes.length) }, ...rest],
      "middle",
    );
    for (const side of ["client", "server"] as const) {
      expectTruth(late, truth, side);
      seen.push(...headers(late, side).flat());
    }
  }
  expect(seen).toContain(null);
  expect(seen).toContain("/c");
});

/** Compares from the end: a late one sees the last frames of the side and nothing else. */
function expectTruth(late: readonly Http2Event[], truth: readonly Http2Event[], side: Side): void {
  const known = headers(truth, side).reverse();
  for (const [position, list] of headers(late, side).reverse().entries()) {
    for (const [at, text] of list.entries()) expect([null, known[position]?.[at]]).toContain(text);
  }
  expect(late.some(({ type }) => type === "error")).toBe(false);
}

function headers(events: readonly Http2Event[], side: Side): (string | null)[][] {
  return events.flatMap((event) =>
    event.type === "headers" && event.from === side
      ? [event.block?.fields.flatMap(({ name, value }) => [name, value]) ?? []]
      : [],
  );
}
