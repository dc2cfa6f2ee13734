import { connect, headers, type NatsConnection as NatsClient } from "@nats-io/transport-node";
import { type NatsServer, partOptionsFromEnvironment, startNats } from "@polywire/system";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createNatsConnection, type NatsEvent, type Side } from "../src/nats/index.ts";
import { createTap, describeTapEvent, eventsOf, readTap } from "../src/tap/index.ts";
import { type Recorded, type Recorder, startRecorder } from "./support/recorder.ts";

let nats: NatsServer;
beforeAll(async () => {
  nats = await startNats({ parts: partOptionsFromEnvironment(process.env) });
});
afterAll(() => nats.close());

/** Says much of the protocol through a real client, and gives what a recorder in between has kept. */
async function record(talk: (client: NatsClient) => Promise<void>): Promise<readonly Recorded[]> {
  await using recorder: Recorder = await startRecorder(nats.port);
  const client = await connect({ servers: `127.0.0.1:${recorder.port}`, name: "recorded", user: "me", pass: "s3cret" });
  await talk(client);
  await client.close();
  await recorder.clientsEnded();
  return recorder.connections[0] ?? [];
}

const LARGE = new Uint8Array(200_000).fill(0x0a);

async function talk(client: NatsClient): Promise<void> {
  const subscription = client.subscribe("orders.*", { queue: "workers", max: 3 });
  const head = headers();
  head.append("Trace", "a:b");
  client.publish("orders.created", "first");
  client.publish("orders.created", "second", { headers: head });
  client.publish("orders.large", LARGE);
  for await (const _ of subscription);
  await client.request("nobody.there", "?", { timeout: 5000 }).catch(() => {});
  await client.flush();
}

function decode(recorded: readonly Recorded[], join: "start" | "middle" = "start"): NatsEvent[] {
  const connection = createNatsConnection({ join });
  return recorded.flatMap(({ from, bytes }) => [...connection.push(from, bytes)]);
}

const of = (events: readonly NatsEvent[], from: Side) => events.filter((event) => event.from === from);
const names = (events: readonly NatsEvent[]) => events.map(({ type }) => type);

test("createNatsConnection + a real client and nats-server: every operation, every byte", async () => {
  const recorded = await record(talk);
  const events = decode(recorded);
  expect(events.filter(({ type }) => type === "error")).toEqual([]);
  for (const side of ["client", "server"] as const) {
    const sent = recorded.reduce((sum, part) => sum + (part.from === side ? part.bytes.length : 0), 0);
    const operations = of(events, side).flatMap((event) => ("wireBytes" in event ? [event] : []));
    expect(operations.reduce((sum, { wireBytes }) => sum + wireBytes, 0)).toBe(sent);
  }
  const [info] = of(events, "server");
  expect(info).toMatchObject({ type: "INFO", info: { jetstream: true, max_payload: 1_048_576 } });
  expect(events.find(({ type }) => type === "CONNECT")).toMatchObject({
    options: { name: "recorded", user: "me", pass: "[redacted]", lang: "nats.js" },
  });
  expect(JSON.stringify(events.filter(({ type }) => type === "CONNECT"))).not.toContain("s3cret");
  const published = events.flatMap((event) => (event.type === "PUB" || event.type === "HPUB" ? [event] : []));
  const delivered = events.flatMap((event) => (event.type === "MSG" || event.type === "HMSG" ? [event] : []));
  expect(published.map(({ subject }) => subject)).toEqual([
    "orders.created",
    "orders.created",
    "orders.large",
    "nobody.there",
  ]);
  expect(delivered.slice(0, 3).map(({ payload }) => Buffer.from(payload ?? []))).toEqual(
    published.slice(0, 3).map(({ payload }) => Buffer.from(payload ?? [])),
  );
  expect(published[2]?.payload).toEqual(LARGE);
  expect(delivered[1]?.headers).toEqual({
    status: null,
    description: "",
    fields: [{ name: "Trace", value: "a:b" }],
  });
  expect(delivered[3]).toMatchObject({ type: "HMSG", headers: { status: 503 }, subject: published[3]?.replyTo });
  expect(names(of(events, "client"))).toEqual(expect.arrayContaining(["SUB", "UNSUB", "PING"]));
  expect(names(of(events, "server"))).toContain("PONG");
});

test("createNatsConnection + a refusal by the real server", async () => {
  const recorded = await record(async (client) => {
    client.subscribe("a..b");
    await client.flush().catch(() => {});
  });
  expect(decode(recorded).filter(({ type }) => type === "-ERR")).toMatchObject([{ message: "Invalid Subject" }]);
});

test("createNatsConnection + joining a real conversation in the middle gives its last operations", async () => {
  const recorded = await record(talk);
  const truth = decode(recorded);
  let found = 0;
  for (let start = 1; start < recorded.length; start++) {
    const [first, ...rest] = recorded.slice(start) as [Recorded, ...Recorded[]];
    const cut = { from: first.from, bytes: first.bytes.subarray(start % first.bytes.length) };
    const late = decode([cut, ...rest], "middle");
    expect(late.filter(({ type }) => type === "error")).toEqual([]);
    for (const side of ["client", "server"] as const) {
      const seen = names(of(late, side)).filter((name) => name !== "resync");
      expect(names(of(truth, side)).slice(-seen.length || Number.POSITIVE_INFINITY)).toEqual(seen);
      found += seen.length;
    }
  }
  expect(found).toBeGreaterThan(10);
});

test("createTap + shows the operations of a real client, counted, without payload and password", async () => {
  await using tap = await createTap({ upstream: { host: "127.0.0.1", port: nats.port } });
  const client = await connect({ servers: `127.0.0.1:${tap.address.port}`, user: "me", pass: "s3cret" });
  await talk(client);
  await client.close();
  await tap.until(({ layer, event }) => layer === "tcp" && event.type === "close");
  const { connections } = readTap(tap);
  expect(connections).toMatchObject([
    { protocol: "nats", frames: { client: { CONNECT: 1, PUB: 3, HPUB: 1 }, server: { HMSG: 2, MSG: 2 } } },
  ]);
  const [first] = eventsOf(tap.events().map(describeTapEvent), "nats", "PUB");
  expect(first?.event).toMatchObject({ from: "client", subject: "orders.created", payload: { bytes: 5 } });
  expect(JSON.stringify(tap.events().map(describeTapEvent))).not.toMatch(/s3cret|first/);
});
