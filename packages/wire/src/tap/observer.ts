import type { Side } from "../core/side.ts";
import { createPostgresCancels } from "../postgres/index.ts";
import { createProtobufView } from "../protobuf/index.ts";
import type { Direction, ProxyEvent } from "../proxy/index.ts";
import { type ConnectionView, createConnectionView } from "./connection-view.ts";
import type { LayerEvent, TapEvent } from "./events.ts";
import { type DecodeOptions, resolveDecodeOptions, resolveRingLimits } from "./options.ts";
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

  /** Takes what comes next, on whichever connection; `endsOf` is asked for its ends when it is new. */
  look(raw: ProxyEvent, endsOf: (first: ProxyEvent) => TapRecord["ends"]): TapRecord {
    const connection = this.#connectionOf(raw, endsOf);
    const { connection: number, atMs } = raw;
    const events = show(connection, raw).map(
      ({ layer, event }) => ({ layer, event, seq: this.#seq++, connection: number, atMs }) as TapEvent,
    );
    if (raw.kind === "close") this.#connections.delete(number);
    return { raw, ends: connection.ends, events };
  }

  #connectionOf(raw: ProxyEvent, endsOf: (first: ProxyEvent) => TapRecord["ends"]): Connection {
    const known = this.#connections.get(raw.connection);
    if (known !== undefined) return known;
    const connection = { view: this.#viewFor(raw.connection), ends: endsOf(raw) };
    this.#connections.set(raw.connection, connection);
    return connection;
  }
}

/** Options of {@link decodeTraffic}. */
export interface DecodeTrafficOptions extends DecodeOptions {
  /** Events that the result may have. Default 1,000,000, which take about a GB. */
  readonly maxEvents?: number;
}

/**
 * Decodes traffic that was told before: what `readCapture` found, for example. Each connection has a number of its own and
 * is told from its first byte on. The result has every event, and keeps the bytes.
 *
 * @throws RangeError for options out of range, and when there are more events than `maxEvents`.
 */
export function decodeTraffic(
  traffic: Iterable<Pick<TapRecord, "ends" | "raw">>,
  options: DecodeTrafficOptions = {},
): TapRecord[] {
  const { maxEvents } = resolveRingLimits({ maxEvents: options.maxEvents ?? 1_000_000 });
  const observer = new Observer(options);
  let left = maxEvents;
  return Array.from(traffic, ({ raw, ends }) => {
    const record = observer.look(raw, () => ends);
    left -= record.events.length;
    if (left < 0)
      throw new RangeError(`there are more than ${maxEvents} events: raise maxEvents, or give less traffic`);
    return record;
  });
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
