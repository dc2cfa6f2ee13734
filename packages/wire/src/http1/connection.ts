import { headerValue } from "../core/header-list.ts";
import type { Side } from "../core/side.ts";
import { MessageDecoder, type MessageHead, type MessageOwner } from "./decoder.ts";
import { type Http1ErrorCode, http1Error } from "./errors.ts";
import type { BodyFraming, Http1Event, SwitchEvent } from "./events.ts";
import { mayUpgrade, requestFraming, responseFraming } from "./framing.ts";
import type { StartLine } from "./head.ts";
import {
  type Http1ConnectionOptions,
  type ResolvedHttp1ConnectionOptions,
  resolveHttp1ConnectionOptions,
} from "./options.ts";

/** Both directions of one HTTP/1.1 connection, seen by someone in the middle. */
export interface Http1Connection {
  /**
   * Takes the next bytes that one side sent, cut anywhere, and returns what they show. Never throws: faults are events,
   * and decoding goes on at the next message that can be found. Events hold views of `chunk`. Give the two sides' bytes
   * in the order in which they were seen: a response is matched to the requests before it.
   */
  push(from: Side, chunk: Uint8Array): readonly Http1Event[];
  /** One side has ended its bytes: ends a body that lasts until then, shows what this cuts off. */
  end(from: Side): readonly Http1Event[];
}

/**
 * Creates the view of one connection (RFC 9112).
 *
 * @throws RangeError when an option is out of its range.
 */
export function createHttp1Connection(options?: Http1ConnectionOptions): Http1Connection {
  return new Connection(resolveHttp1ConnectionOptions(options));
}

interface PendingRequest {
  readonly exchange: number;
  readonly method: string;
  /** Whether a response may turn the connection over to another protocol. */
  readonly maySwitch: boolean;
}

class Connection implements Http1Connection, MessageOwner {
  readonly #maxPending: number;
  readonly #decoders: Record<Side, MessageDecoder>;
  #events: Http1Event[] = [];
  #requests = 0;
  /** Requests without a final response's head, oldest first. */
  readonly #pending: PendingRequest[] = [];
  /** Requests behind those, of which only the number is known. */
  #unmatched = 0;
  /** The exchange whose response is under way. */
  #answering: number | null = null;
  /** Told once the response under way has ended. */
  #switch: SwitchEvent | undefined;
  #assumed: boolean;

  constructor(options: ResolvedHttp1ConnectionOptions) {
    this.#maxPending = options.maxPending;
    this.#assumed = options.join === "middle";
    this.#decoders = {
      client: new MessageDecoder("client", options, this),
      server: new MessageDecoder("server", options, this),
    };
  }

  push(from: Side, chunk: Uint8Array): readonly Http1Event[] {
    this.#events = [];
    this.#decoders[from].push(chunk);
    return this.#events;
  }

  end(from: Side): readonly Http1Event[] {
    this.#events = [];
    this.#decoders[from].end();
    const waiting = this.#pending.map(({ exchange }) => exchange);
    this.emit({ type: "close", from, open: this.#answering === null ? waiting : [this.#answering, ...waiting] });
    return this.#events;
  }

  emit(event: Http1Event): void {
    this.#events.push(event);
  }

  begin(...[, { start, ...head }]: [Side, MessageHead]): { exchange: number | null; body: BodyFraming } {
    return start.kind === "request" ? this.#request(start, head) : this.#response(start, head);
  }

  finish(from: Side): void {
    if (from === "client") {
      const last = this.#pending.at(-1);
      // What follows is the other protocol's, or the next request: the answer will say.
      if (last?.exchange === this.#requests - 1 && last.maySwitch) this.#decoders.client.hold();
      return;
    }
    this.#answering = null;
    if (this.#switch === undefined) return;
    this.emit(this.#switch);
    this.#switch = undefined;
    this.#pending.length = 0;
    this.#decoders.client.release("tunnel");
    this.#decoders.server.release("tunnel");
  }

  lost(): void {
    this.#assumed = true;
  }

  #request(start: StartLine & { kind: "request" }, head: HeadRest): { exchange: number; body: BodyFraming } {
    const { method, target, version } = start;
    const { body, fault } = requestFraming(head.fields);
    const exchange = this.#requests++;
    this.emit({ type: "request", from: "client", exchange, method, target, version, body, ...head });
    if (fault !== undefined) this.#fail("client", exchange, { code: fault, offset: head.offset });
    if (this.#pending.length < this.#maxPending && this.#unmatched === 0) {
      const maySwitch = method === "CONNECT" || mayUpgrade(head.fields);
      this.#pending.push({ exchange, method, maySwitch });
    } else {
      if (this.#unmatched === 0) this.#fail("client", exchange, { code: "too_many_pending", offset: head.offset });
      this.#unmatched++;
    }
    return { exchange, body };
  }

  #response(start: StartLine & { kind: "response" }, head: HeadRest): { exchange: number | null; body: BodyFraming } {
    const { status, reason, version } = start;
    const informational = status < 200 && status !== 101;
    const request = this.#pending[0];
    const exchange = request?.exchange ?? null;
    const isUnexpected = request === undefined && this.#unmatched === 0 && !this.#assumed;
    const { body, fault } = responseFraming(status, request?.method, head.fields);
    const assumed = this.#assumed && exchange !== null;
    this.emit({
      type: "response",
      from: "server",
      exchange,
      assumed,
      status,
      reason,
      version,
      informational,
      body,
      ...head,
    });
    if (isUnexpected) this.#fail("server", exchange, { code: "unexpected_response", offset: head.offset });
    if (fault !== undefined) this.#fail("server", exchange, { code: fault, offset: head.offset });
    if (informational) return { exchange, body };
    if (request === undefined) this.#unmatched = Math.max(0, this.#unmatched - 1);
    this.#pending.shift();
    this.#answering = exchange;
    if (body.kind === "switch") {
      const because = status === 101 ? "upgrade" : "connect";
      const protocol = status === 101 ? (headerValue(head.fields, "upgrade")?.toLowerCase() ?? null) : null;
      this.#switch = { type: "switch", from: "server", exchange, because, protocol };
    } else if (request?.maySwitch === true) {
      this.#decoders.client.release("head");
    }
    return { exchange, body };
  }

  #fail(from: Side, exchange: number | null, { code, offset }: { code: Http1ErrorCode; offset: number }): void {
    this.emit({ type: "error", from, exchange, error: http1Error(code, offset) });
  }
}

type HeadRest = Omit<MessageHead, "start">;
