import type { Side } from "../core/side.ts";
import { createPostgresCancels } from "../postgres/index.ts";
import { createProtobufView } from "../protobuf/index.ts";
import type { Direction, Endpoint, ProxyEvent } from "../proxy/index.ts";
import { type ConnectionView, createConnectionView } from "./connection-view.ts";
import type { LayerEvent, TapEvent } from "./events.ts";
import { type DecodeOptions, resolveDecodeOptions } from "./options.ts";
import type { TapRecord } from "./ring.ts";

interface Connection {
  readonly view: ConnectionView;
  readonly ends: TapRecord["ends"];
}

/** Decodes connections as somebody tells what happens on them. */
export class Observer {
  readonly #connections = new Map<number, Connection>();
  readonly #viewFor: (connection: number) => ConnectionView;
  #seq = 0;

  /** @throws RangeError for options out of range. */
  constructor(options: DecodeOptions) {
    const { registry, websocketTypes } = options;
    const protobuf = registry === undefined ? undefined : createProtobufView({ registry });
    const shared = { ...resolveDecodeOptions(options), protobuf, websocketTypes, cancels: createPostgresCancels() };
    this.#viewFor = (connection) => createConnectionView({ ...shared, connection });
  }

  /** Takes what comes next, on whichever connection; `server` is where the connection goes. */
  look(raw: ProxyEvent, server: Endpoint): TapRecord {
    const connection = this.#connectionOf(raw, server);
    const { connection: number, atMs } = raw;
    const events = show(connection, raw).map(
      ({ layer, event }) => ({ layer, event, seq: this.#seq++, connection: number, atMs }) as TapEvent,
    );
    if (raw.kind === "close") this.#connections.delete(number);
    return { raw, ends: connection.ends, events };
  }

  #connectionOf(raw: ProxyEvent, server: Endpoint): Connection {
    const known = this.#connections.get(raw.connection);
    if (known !== undefined) return known;
    const client = raw.kind === "open" ? raw.client : { host: "", port: 0 };
    const connection = { view: this.#viewFor(raw.connection), ends: { client, server } };
    this.#connections.set(raw.connection, connection);
    return connection;
  }
}
/**
 * Decodes traffic that was told before: what `readCapture` found, for example. The result has every event, and keeps the bytes.
 *
 * @throws RangeError for options out of range.
 */
export function decodeTraffic(
  traffic: Iterable<Pick<TapRecord, "ends" | "raw">>,
  options: DecodeOptions = {},
): TapRecord[] {
  const observer = new Observer(options);
  return Array.from(traffic, ({ raw, ends }) => observer.look(raw, ends.server));
}

const SIDE: Readonly<Record<Direction, Side>> = { up: "client", down: "server" };

function show({ view, ends }: Connection, raw: ProxyEvent): readonly LayerEvent[] {
  switch (raw.kind) {
    case "open":
      return [{ layer: "tcp", event: { type: "open", ...ends } }];
    case "chunk":
      return view.push(SIDE[raw.direction], raw.bytes);
    case "half-close": {
      const from = SIDE[raw.direction];
      return [{ layer: "tcp", event: { type: "half-close", from } }, ...view.end(from)];
    }
    case "close":
      return [...view.close(), { layer: "tcp", event: { type: "close", reason: raw.reason } }];
  }
}
