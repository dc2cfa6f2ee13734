import type { Side } from "../core/side.ts";
import { parseBackend } from "./backend.ts";
import type { CancelTarget } from "./cancels.ts";
import { Cursor } from "./cursor.ts";
import { MessageDecoder, type MessageSink, type RawMessage } from "./decoder.ts";
import { type PostgresErrorCode, postgresError } from "./errors.ts";
import type { PostgresEvent } from "./events.ts";
import { parseFrontend, parseStartup } from "./frontend.ts";
import type { BackendMessage, FrontendMessage } from "./messages.ts";
import {
  type PostgresConnectionOptions,
  type ResolvedPostgresConnectionOptions,
  resolvePostgresConnectionOptions,
} from "./options.ts";
import { StatementTracker } from "./statements.ts";

/** Both sides of one connection between a PostgreSQL client and its server. */
export interface PostgresConnection {
  /**
   * Takes the next bytes that one side sent, cut anywhere; the cuts make no difference to the events. Never throws:
   * faults are events, and decoding goes on behind them. Give the two sides' bytes in the order in which they were seen:
   * answers are matched to requests.
   */
  push(from: Side, chunk: Uint8Array): readonly PostgresEvent[];
  /** One side has ended its bytes; the server's end shows which statements were cut off. */
  end(from: Side): readonly PostgresEvent[];
}

/**
 * Creates the view of one connection (frontend/backend protocol, version 3).
 *
 * @throws RangeError when an option is out of its range.
 */
export function createPostgresConnection(options?: PostgresConnectionOptions): PostgresConnection {
  return new Connection(resolvePostgresConnectionOptions(options));
}

/** Bytes of the process id in front of a secret key. */
const PROCESS_ID_BYTES = 4;

class Connection implements PostgresConnection, MessageSink, CancelTarget {
  readonly connection: number;
  readonly #cancels;
  readonly #decoders: Record<Side, MessageDecoder>;
  readonly #statements: StatementTracker;
  #events: PostgresEvent[] = [];
  #processId: number | undefined;
  /** The message being taken, to which faults belong. */
  #current: { from: Side; offset: number } = { from: "client", offset: 0 };

  constructor(options: ResolvedPostgresConnectionOptions) {
    this.connection = options.connection;
    this.#cancels = options.cancels;
    this.#decoders = {
      client: new MessageDecoder("client", options, this),
      server: new MessageDecoder("server", options, this),
    };
    const sink = {
      emit: (event: PostgresEvent) => this.#events.push(event),
      fail: (code: PostgresErrorCode) => this.fail(this.#current.from, code, this.#current.offset),
    };
    this.#statements = new StatementTracker(sink, options);
  }

  push(from: Side, chunk: Uint8Array): readonly PostgresEvent[] {
    this.#events = [];
    this.#decoders[from].push(chunk);
    return this.#events;
  }

  end(from: Side): readonly PostgresEvent[] {
    this.#events = [];
    this.#decoders[from].end();
    if (from === "server") {
      this.#statements.end();
      if (this.#processId !== undefined) this.#cancels?.forget(this.#processId, this);
    }
    return this.#events;
  }

  cancel(): number | null {
    return this.#statements.cancel();
  }

  take(from: Side, raw: RawMessage): void {
    this.#current = { from, offset: raw.offset };
    const body = new Cursor(raw.body);
    if (from === "client") this.#client(raw, body);
    else this.#server(raw, body);
    if (raw.cut) this.fail(from, "message_too_large", raw.offset);
    else if (body.short) this.fail(from, "bad_message", raw.offset);
  }

  encrypted(): void {
    this.#decoders.client.mode = "opaque";
    this.#decoders.server.mode = "opaque";
    this.#events.push({ type: "encrypted" });
  }

  resync(from: Side, place: { readonly offset: number; readonly skippedBytes: number }): void {
    this.#events.push({ type: "resync", from, ...place });
    this.#statements.resynced(from);
  }

  lost(from: Side): void {
    this.#statements.lostPlace(from);
  }

  fail(from: Side, code: PostgresErrorCode, offset: number): void {
    this.#events.push({ type: "error", from, error: postgresError(code, offset) });
  }

  #client(raw: RawMessage, body: Cursor): void {
    const message = raw.type === "startup" ? parseStartup(raw.code, body) : parseFrontend(raw.type, body);
    if (message === undefined) {
      this.fail("client", "bad_startup", raw.offset);
      return;
    }
    this.#show(message, raw);
    if (message.name === "StartupMessage") this.#decoders.client.mode = "messages";
    else if (message.name === "SSLRequest" || message.name === "GSSENCRequest") this.#decoders.server.mode = "reply";
    else if (message.name === "CancelRequest") this.#cancelRequest(message.processId, raw);
    this.#statements.client(message, raw.wireBytes);
  }

  #server(raw: RawMessage, body: Cursor): void {
    if (raw.type === "reply") {
      this.#reply(raw);
      return;
    }
    const message = parseBackend(raw.type, body);
    if (message === undefined) return;
    this.#show(message, raw);
    if (message.name === "BackendKeyData") {
      this.#processId = message.processId;
      this.#cancels?.register(message.processId, raw.body.subarray(PROCESS_ID_BYTES), this);
    }
    this.#statements.server(message, raw.wireBytes);
  }

  /** `S` or `G`: the handshake of the encryption begins; `N`: the client goes on without, or goes away. */
  #reply(raw: RawMessage): void {
    const answer = String.fromCharCode(raw.code);
    this.#show({ name: "EncryptionResponse", accepted: answer === "S" || answer === "G" }, raw);
    if (answer === "S" || answer === "G") this.encrypted();
    else if (answer !== "N") this.fail("server", "bad_reply", raw.offset);
  }

  #cancelRequest(processId: number, raw: RawMessage): void {
    const nothing = { matches: null, target: null };
    const found = this.#cancels?.request(processId, raw.body.subarray(PROCESS_ID_BYTES)) ?? nothing;
    this.#events.push({ type: "cancel-request", processId, ...found });
  }

  #show(message: FrontendMessage | BackendMessage, { cut, offset, wireBytes }: RawMessage): void {
    const { from } = this.#current;
    this.#events.push({ type: "message", from, message, cut, offset, wireBytes });
  }
}
