import type { Side } from "../core/side.ts";
import { createHttp1Connection, type Http1Event } from "../http1/index.ts";
import { createHttp2Connection, type Http2Event } from "../http2/index.ts";
import { createNatsConnection, type NatsEvent } from "../nats/index.ts";
import { createPostgresConnection, type PostgresCancels, type PostgresEvent } from "../postgres/index.ts";
import type { CallEvent } from "./call-events.ts";
import { type CallViewOptions, createCallView } from "./calls.ts";
import type { LayerEvent } from "./events.ts";
import type { ExchangePart } from "./exchange.ts";
import { http1Exchange } from "./http1-exchanges.ts";
import { http2Exchange } from "./http2-exchanges.ts";
import { createSniffer, type TapProtocol } from "./sniff.ts";
import { createWebSocketLayer } from "./websocket-layer.ts";

/** Everything that the bytes of one connection show, layer by layer. */
export interface ConnectionView {
  /** Takes the next bytes of one side, in the order in which they were seen. Never throws. */
  push(from: Side, chunk: Uint8Array): readonly LayerEvent[];
  /** The side has ended its bytes. */
  end(from: Side): readonly LayerEvent[];
  /** The connection is gone: gives up the calls that it leaves open. */
  close(): readonly LayerEvent[];
}

/** What {@link createConnectionView} is told. */
export interface ConnectionViewOptions extends CallViewOptions {
  /** `auto`: told by the first bytes. */
  readonly protocol: TapProtocol | "auto";
  /** By which a cancellation of PostgreSQL names the connection; see `PostgresConnectionOptions`. Default 0. */
  readonly connection?: number;
  /** Sessions of the server of PostgreSQL, which all its connections share. Default: none, cancellations find nobody. */
  readonly cancels?: PostgresCancels;
}

/** Creates the view of a connection that is seen from its first byte. */
export function createConnectionView(options: ConnectionViewOptions): ConnectionView {
  const sniffer = createSniffer();
  let held: { readonly from: Side; readonly chunk: Uint8Array }[] = [];
  let decoder = options.protocol === "auto" ? undefined : createDecoder(options.protocol, options);
  return {
    push(from, chunk) {
      if (decoder !== undefined) return decoder.push(from, chunk);
      held.push({ from, chunk: new Uint8Array(chunk) });
      const protocol = sniffer.push(from, chunk);
      if (protocol === undefined) return [];
      decoder = createDecoder(protocol, options);
      const events: LayerEvent[] = [{ layer: "tcp", event: { type: "protocol", protocol } }];
      for (const one of held) for (const event of decoder.push(one.from, one.chunk)) events.push(event);
      held = [];
      return events;
    },
    end: (from) => decoder?.end(from) ?? [],
    close: () => decoder?.close() ?? [],
  };
}

function createDecoder(protocol: TapProtocol, options: ConnectionViewOptions): ConnectionView {
  switch (protocol) {
    case "http2":
      return http2View(options);
    case "http1":
      return http1View(options);
    case "nats":
      return natsView();
    case "postgres":
      return postgresView(options);
    case "opaque":
      return {
        push: (from, bytes) => [{ layer: "tcp", event: { type: "bytes", from, bytes } }],
        end: () => [],
        close: () => [],
      };
  }
}

function natsView(): ConnectionView {
  const connection = createNatsConnection();
  const show = (events: readonly NatsEvent[]): LayerEvent[] => events.map((event) => ({ layer: "nats", event }));
  return {
    push: (from, chunk) => show(connection.push(from, chunk)),
    end: (from) => show(connection.end(from)),
    close: () => [],
  };
}

function postgresView({ connection = 0, cancels }: ConnectionViewOptions): ConnectionView {
  const session = createPostgresConnection({ connection, ...(cancels && { cancels }) });
  const show = (events: readonly PostgresEvent[]): LayerEvent[] =>
    events.map((event) => ({ layer: "postgres", event }));
  let ended = false;
  const end = (from: Side): LayerEvent[] => {
    ended ||= from === "server";
    return show(session.end(from));
  };
  return {
    push: (from, chunk) => show(session.push(from, chunk)),
    end,
    // A connection that breaks has cut its statements off, too.
    close: () => (ended ? [] : end("server")),
  };
}

function http2View(options: CallViewOptions): ConnectionView {
  const connection = createHttp2Connection();
  const show = (events: readonly Http2Event[]): (LayerEvent | ExchangePart)[] => {
    const shown: (LayerEvent | ExchangePart)[] = [];
    for (const event of events) shown.push({ layer: "http2", event }, ...http2Exchange(event));
    return shown;
  };
  return withCalls(options, {
    push: (from, chunk) => show(connection.push(from, chunk)),
    end: (from) => show(connection.end(from)),
  });
}

function http1View(options: CallViewOptions): ConnectionView {
  const connection = createHttp1Connection();
  const websocket = createWebSocketLayer(options);
  const show = (events: readonly Http1Event[]): (LayerEvent | ExchangePart)[] =>
    events.flatMap((event) => {
      const shown = websocket.push(event);
      // What the layer above makes of a tunnel's bytes says more than their number.
      if (event.type === "tunnel" && websocket.active) return shown;
      return [{ layer: "http1", event } as const, ...http1Exchange(event), ...shown];
    });
  return withCalls(options, {
    push: (from, chunk) => show(connection.push(from, chunk)),
    end: (from) => [...show(connection.end(from)), ...websocket.end(from)],
  });
}

/** What a decoder shows, and behind it what that means for the exchanges that it carries. */
interface ExchangeDecoder {
  push(from: Side, chunk: Uint8Array): readonly (LayerEvent | ExchangePart)[];
  end(from: Side): readonly (LayerEvent | ExchangePart)[];
}

function withCalls(options: CallViewOptions, decoder: ExchangeDecoder): ConnectionView {
  const calls = createCallView(options);
  let endedFirst: Side | null = null;
  const ofCall = (event: CallEvent): LayerEvent => ({ layer: "call", event });
  const show = (items: readonly (LayerEvent | ExchangePart)[]): LayerEvent[] => {
    const shown: LayerEvent[] = [];
    for (const item of items) {
      if ("layer" in item) shown.push(item);
      else for (const event of calls.push(item)) shown.push(ofCall(event));
    }
    return shown;
  };
  return {
    push: (from, chunk) => show(decoder.push(from, chunk)),
    end(from) {
      endedFirst ??= from;
      return show(decoder.end(from));
    },
    close: () => calls.close(endedFirst).map(ofCall),
  };
}
