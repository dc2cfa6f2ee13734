import { type Client, Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callRoutes, connectWire } from "../src/wires/routes.ts";
import { type RpcWire, rpcTransport } from "../src/wires/rpc-client.ts";
import { splitAddress } from "../src/wires/split-address.ts";
import { CALL_WIRES, type CallOptions, type CallWire } from "../src/wires/wire.ts";
import { sharedSystem } from "./support/shared-system.ts";
import { type WatchedPostgres, watchPostgres } from "./support/watched-postgres.ts";

const CUSTOMER = "deadlines";

const { endpoints, issueToken } = sharedSystem();
const stack = new AsyncDisposableStack();
let postgres: WatchedPostgres;
let token: string;

beforeAll(async () => {
  postgres = stack.use(watchPostgres());
  token = await issueToken(CUSTOMER, ["orders:fulfil"]);
});
afterAll(() => stack.disposeAsync());

/** A call under way. */
interface Started {
  readonly ended: Promise<unknown>;
  /** How its client leaves. Default: by the signal. */
  leave?(): Promise<void>;
}

/** A call that waits in SQL. */
interface Waiting {
  /** The wire, and the way that it takes. */
  readonly name: string;
  start(options: CallOptions): Started;
}

/** Calls of one mode, and the one statement that each of them waits in. */
interface Mode {
  readonly mode: string;
  /** Locked, so that the statement is slow. */
  readonly table: string;
  readonly statement: string;
  readonly calls: readonly Waiting[];
}

const lines = [{ sku: "SKU-00001", quantity: 1 }];
const routes = callRoutes(endpoints);

/** CreateOrder as every wire has it. Its quote is orders > pricing > inventory > SQL. */
function unary(wire: CallWire): Waiting {
  const route = routes[wire];
  if ("reason" in route) throw new Error(route.reason);
  return {
    name: `${wire} ${route.path}`,
    start(options) {
      const client = connectWire(wire, { ...splitAddress(route.address), token });
      const leave = async (): Promise<void> => client[Symbol.asyncDispose]();
      stack.defer(leave);
      const ended = client.createOrder({ lines, note: wire }, options);
      // A command has no cancel of its own: its client leaves by closing the socket.
      return wire.startsWith("ws-") ? { ended, leave } : { ended };
    },
  };
}

type Call = (client: Client<typeof OrderService>, options: CallOptions) => Promise<unknown>;

function over(name: string, transport: () => Transport, call: Call): Waiting {
  return {
    name,
    start: (options) => {
      const headers = { authorization: `Bearer ${token}` };
      return { ended: call(createClient(OrderService, transport()), { ...options, headers } as CallOptions) };
    },
  };
}

function rpc(wire: RpcWire, call: Call): Waiting {
  const route = routes[wire];
  if ("reason" in route) throw new Error(route.reason);
  const open = (): Transport => {
    const { transport, close } = rpcTransport(wire, { ...splitAddress(route.address), token });
    stack.defer(close);
    return transport;
  };
  return over(`${wire} ${route.path}`, open, call);
}

/** HTTP/2 carries both directions at once, HTTP/1.1 does not. */
function connectH2(call: Call): Waiting {
  const open = (): Transport => createConnectTransport({ baseUrl: `http://${endpoints.frontDoor}`, httpVersion: "2" });
  return over("connect over HTTP/2 client>envoy>orders", open, call);
}

async function readAll(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of messages) {
    // To the end.
  }
}

async function* andThenSilence<T>(message: T): AsyncGenerator<T> {
  yield message;
  await new Promise(() => undefined);
}

const exportAll: Call = (client, options) => readAll(client.exportOrders({}, options));
const importOne: Call = (client, options) =>
  client.importOrders(andThenSilence({ lineNumber: 1n, order: { lines, note: "import" } }), options);
const fulfil: Call = (client, options) => {
  const hello = { stationId: crypto.randomUUID(), capacity: 1 };
  return readAll(
    client.fulfilOrders(andThenSilence({ commandId: 1, command: { case: "hello", value: hello } }), options),
  );
};

const MODES: readonly Mode[] = [
  {
    mode: "unary, three hops away",
    table: "inventory.stock",
    statement: `select "sku", "on_hand", "reserved" from "stock" where "sku" = any($1)`,
    calls: CALL_WIRES.map(unary),
  },
  {
    mode: "server stream",
    table: "orders.orders",
    statement: "declare matching %",
    // One fewer than there may be: the exports that were left before may still be rolling back.
    calls: (["grpc", "grpc-web", "connect-binary"] as const).map((wire) => rpc(wire, exportAll)),
  },
  {
    mode: "client stream, three hops away",
    table: "inventory.stock",
    statement: `select "sku", "on_hand", "reserved" from "stock" where "sku" = any($1)`,
    calls: [rpc("grpc", importOne), connectH2(importOne)],
  },
  {
    mode: "conversation",
    table: "orders.stations",
    statement: `insert into "stations" %`,
    calls: [rpc("grpc", fulfil), connectH2(fulfil)],
  },
];

/** Sooner than the services' own bounds (10 s for a command) would end what nobody cancelled. */
const until = (statement: string, count: number) =>
  expect.poll(() => postgres.waiting(statement), { interval: 10, timeout: 5_000 }).toBe(count);

/** Where orders' reset at the deadline is ahead of Envoy's own timer, Envoy calls it UNAVAILABLE: docs/deadlines.md. */
function toldBy(name: string, code: string): string {
  return name.startsWith("grpc-web client>envoy") && code === "Unavailable" ? "DeadlineExceeded" : code;
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => "OK",
    (error: unknown) => Code[ConnectError.from(error).code],
  );
}

test.each(MODES)(
  "$mode + a caller that leaves, or whose deadline passes, has its statement cancelled in Postgres",
  async ({ table, statement, calls }) => {
    await postgres.whileLocked(table, async () => {
      const startedAtMs = performance.now();
      const leavers = calls.map(({ name, start }) => {
        const leaving = new AbortController();
        const { ended, leave } = start({ signal: leaving.signal });
        ended.catch(() => undefined);
        return { name, ended, leave: leave ?? (async () => leaving.abort()) };
      });
      await until(statement, calls.length);
      const underWayMs = performance.now() - startedAtMs;
      for (const [index, { name, ended, leave }] of leavers.entries()) {
        await leave();
        await expect(ended, name).rejects.toThrow();
        await until(statement, calls.length - 1 - index);
      }

      // Time for all of them to come to the statement again.
      const timeoutMs = Math.ceil(500 + 3 * underWayMs);
      const codes = calls.map(async ({ name, start }) => [
        name,
        toldBy(name, await codeOf(start({ timeoutMs }).ended)),
      ]);
      await until(statement, calls.length);
      expect(await Promise.all(codes)).toEqual(calls.map(({ name }) => [name, "DeadlineExceeded"]));
      await until(statement, 0);
    });
  },
);

test("nothing that a caller left behind was stored", async () => {
  expect(await postgres.rows("SELECT FROM orders.orders WHERE customer_id = $1", [CUSTOMER])).toBe(0);
});
