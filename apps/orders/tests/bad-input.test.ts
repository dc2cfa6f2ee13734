import { gzipSync } from "node:zlib";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { createGrpcTransport } from "@polywire/grpc";
import { FRAME_TYPE, type FrameEncoder } from "@polywire/wire/http2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Attacker, attack, callHeaders, message } from "./support/attacker.ts";
import { type OrdersProcess, startOrdersProcess } from "./support/orders-process.ts";
import { as, startWorld, type World } from "./support/world.ts";

const MIB = 1024 * 1024;
/** What is kept of the attacks beyond this ends the process, and every test after that fails. */
const MAX_HEAP_MIB = 256;
const SERVICE = "/polywire.orders.v1.OrderService/";

let world: World;
let service: OrdersProcess;
let authorization: string;

beforeAll(async () => {
  world = await startWorld();
  const environment = { ...world.environment(await world.freshDatabase()), POLYWIRE_LOG_LEVEL: "info" };
  service = await startOrdersProcess(environment, [`--max-old-space-size=${MAX_HEAP_MIB}`]);
  authorization = new Headers((await as(world, "anna")).headers).get("authorization") ?? "";
});

afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

/** The sum of all metrics that begin like this. */
async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://${service.addresses.http}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

const residentBytes = () => metric("process_resident_memory_bytes");

interface Surface {
  port: "grpc" | "connectH2";
  /** What counts refused connections. */
  refused: string;
  open: (address: string) => Transport;
}

const SURFACES: Surface[] = [
  {
    port: "grpc",
    refused: 'polywire_refused_connections_total{port="grpc",why="protocol"}',
    open: (address) => createGrpcTransport({ address }),
  },
  {
    port: "connectH2",
    refused: 'polywire_refused_connections_total{port="connect",why="protocol"}',
    open: (address) => createConnectTransport({ baseUrl: `http://${address}`, httpVersion: "2" }),
  },
];

/** Cheap, so that an attack of it loads nothing but the connection. */
const CHECK = "/grpc.health.v1.Health/Check";

const headers = (method: string, more: Record<string, string> = {}) =>
  callHeaders(SERVICE + method, { authorization, ...more });

const empty = message(Buffer.alloc(0));

/** Writes one frame after another until the server hangs up; how many at most. */
async function flood(attacker: Attacker, frames: number, write: (to: FrameEncoder, index: number) => void) {
  const batch = 100;
  for (let sent = 0; sent < frames; sent += batch) {
    const goesOn = await attacker.send((to) => {
      for (let index = sent; index < sent + batch; index++) write(to, index);
    });
    if (!goesOn) return;
  }
}

const FIELD = Buffer.concat([Buffer.from([0x00, 1, 0x61, 100]), Buffer.alloc(100, "b")]);

/** What no honest client does: the server hangs up. */
const ATTACKS: Record<string, (attacker: Attacker) => Promise<unknown>> = {
  "bytes that are no frames": (attacker) => attacker.sendBytes(Buffer.alloc(200_000, 0x5a)),
  "10,000 streams": (attacker) => {
    const block = headers("WatchOrders");
    return flood(attacker, 10_000, (to, index) => to.headers(1 + 2 * index, block, false));
  },
  "a header block without end (CONTINUATION flood)": async (attacker) => {
    const block = headers("GetOrder");
    await attacker.send((to) => to.raw({ typeCode: FRAME_TYPE.HEADERS, flags: 0, streamId: 1 }, block));
    await flood(attacker, 20_000, (to) => to.raw({ typeCode: FRAME_TYPE.CONTINUATION, flags: 0, streamId: 1 }, FIELD));
  },
  "pings whose answers it does not read": (attacker) => {
    attacker.stopReading();
    return flood(attacker, 2_000_000, (to) => to.ping(Buffer.alloc(8), false));
  },
  "settings whose answers it does not read": (attacker) => {
    attacker.stopReading();
    return flood(attacker, 2_000_000, (to, index) => to.settings([{ id: 4, value: index % 65_535 }]));
  },
  "empty frames of data without end": async (attacker) => {
    const block = headers("ImportOrders");
    await attacker.send((to) => to.headers(1, block, false));
    await flood(attacker, 2_000_000, (to) => to.data(1, Buffer.alloc(0), false));
  },
};

describe.each(SURFACES)("the port $port", ({ port, refused, open }) => {
  const address = () => service.addresses[port] ?? "";

  /** An honest customer on a connection of its own calls all the time: every call is answered, one at least in between. */
  async function othersServed(attacked: () => Promise<void>): Promise<void> {
    const client = createClient(OrderService, open(address()));
    const call = () => client.listOrders({ pageSize: 1 }, { headers: { authorization }, timeoutMs: 30_000 });
    await call();
    let isOver = false;
    const calling = (async () => {
      do await call();
      while (!isOver);
    })();
    // Looked at below, when the attack is over.
    calling.catch(() => undefined);
    await attacked().finally(() => {
      isOver = true;
    });
    await calling;
  }

  test.each(Object.entries(ATTACKS))("hangs up on a client that sends %s, and answers others", async (_, run) => {
    const before = await metric(refused);
    await othersServed(async () => {
      await using attacker = await attack(address());
      await run(attacker);
      await attacker.hungUp();
    });
    expect(await metric(refused)).toBe(before + 1);
  });

  test("hangs up on a client that resets its calls (rapid reset) after a budget of calls, and answers others", async () => {
    const served = 'polywire_calls_seconds_count{method="grpc.health.v1.Health/Check"';
    const [servedBefore, refusedBefore] = [await metric(served), await metric(refused)];
    await othersServed(async () => {
      await using attacker = await attack(address());
      const block = callHeaders(CHECK);
      await flood(attacker, 20_000, (to, index) => {
        to.headers(1 + 2 * index, block, false);
        to.data(1 + 2 * index, empty, true);
        to.rstStream(1 + 2 * index, 8);
      });
      await attacker.hungUp();
    });
    expect(await metric(refused)).toBe(refusedBefore + 1);
    // Node's budget: 1,000 and 33 a second.
    expect((await metric(served)) - servedBefore).toBeLessThan(2000);
  });

  /** The answer to one call. */
  async function answerTo(block: Uint8Array, body: Uint8Array): Promise<Record<string, string>> {
    await using attacker = await attack(address());
    await attacker.send((to) => {
      to.headers(1, block, false);
      for (let at = 0; at < body.length; at += 16_384) to.data(1, body.subarray(at, at + 16_384), false);
      to.data(1, Buffer.alloc(0), true);
    });
    return await attacker.answer(1);
  }

  test("refuses a grpc-timeout that is none as INVALID_ARGUMENT", async () => {
    for (const timeout of ["soon", "1", "1d"]) {
      const answer = await answerTo(headers("ListOrders", { "grpc-timeout": timeout }), empty);
      expect([timeout, answer["grpc-status"]]).toEqual([timeout, "3"]);
    }
  });

  test("refuses a message that inflates beyond the limit, without inflating it", async () => {
    const bomb = message(gzipSync(Buffer.alloc(200 * MIB)), 1);
    expect(bomb.length).toBeLessThan(MIB / 4);
    for (const method of ["GetOrder", "ImportOrders"]) {
      const before = await residentBytes();
      const answer = await answerTo(headers(method, { "grpc-encoding": "gzip" }), bomb);
      expect([method, answer["grpc-status"]]).toEqual([method, "8"]);
      expect((await residentBytes()) - before).toBeLessThan(50 * MIB);
    }
  });

  test("refuses a message that says to be larger than the limit before it has come", async () => {
    const answer = await answerTo(headers("ImportOrders"), Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]));
    expect(answer["grpc-status"]).toBe("8");
  });

  test("refuses a message that breaks off", async () => {
    const answer = await answerTo(headers("GetOrder"), message(Buffer.alloc(100)).subarray(0, 50));
    expect(answer["grpc-status"]).toMatch(/^(3|12)$/);
  });

  test("refuses a call with too many fields of metadata, and serves the next one", async () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`x-${index}`, "1"]));
    await using attacker = await attack(address());
    for (const [streamId, block] of [headers("ListOrders", many), headers("ListOrders")].entries()) {
      await attacker.send((to) => {
        to.headers(1 + 2 * streamId, block, false);
        to.data(1 + 2 * streamId, empty, true);
      });
    }
    expect(await attacker.answer(1)).toEqual({ rst: "ENHANCE_YOUR_CALM" });
    expect(await attacker.answer(3)).toMatchObject({ "grpc-status": "0" });
  });

  test("hangs up on a client whose metadata is larger than 64 KiB", async () => {
    await using attacker = await attack(address());
    // An é has no short code in HPACK's table.
    const block = headers("ListOrders", { "x-large": "é".repeat(100_000) });
    await attacker.send((to) => to.headers(1, block, false));
    await attacker.hungUp();
  });
});

test("holds the memory of the process, heap and buffers, after all attacks", async () => {
  expect((await residentBytes()) / MIB).toBeLessThan(MAX_HEAP_MIB + 400);
});
