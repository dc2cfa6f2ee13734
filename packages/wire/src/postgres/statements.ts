import type { Side } from "../core/side.ts";
import { ANSWERS, ASIDE, PREPARING, type Request } from "./answers.ts";
import type { PostgresErrorCode } from "./errors.ts";
import type { StatementEndEvent, StatementEvent, StatementOutcome } from "./events.ts";
import type { BackendMessage, FrontendMessage, PostgresReport } from "./messages.ts";
import type { ResolvedPostgresConnectionOptions } from "./options.ts";
import { Prepared } from "./prepared.ts";

/** SQLSTATE query_canceled. */
const QUERY_CANCELED = "57014";

/** What a tracker tells. */
export interface StatementSink {
  readonly emit: (event: StatementEvent | StatementEndEvent) => void;
  readonly fail: (code: PostgresErrorCode) => void;
}

interface Running {
  readonly id: number;
  readonly tags: string[];
  rows: number;
  rowBytes: number;
  copyBytes: number;
  error: PostgresReport | null;
  isEmpty: boolean;
  cancelRequested: boolean;
}

/** Something that the client asked and the server answers, in order. */
interface Pending {
  readonly request: Request;
  readonly running: Running | undefined;
}

/** Follows the statements of one session: who is answered, with what, and how it ended. */
export class StatementTracker {
  readonly #sink: StatementSink;
  readonly #maxPending: number;
  readonly #statements: Prepared;
  readonly #portals: Prepared;
  #pending: Pending[] = [];
  #count = 0;
  /** After a failure the server passes everything over up to the next Sync. */
  #skipping = false;
  /** While a server takes COPY's data it passes Sync over. */
  #copyIn = false;
  /** Who is answered is not known until the server is ready again and both sides can be read. */
  #lost: boolean;
  readonly #synced: Record<Side, boolean>;
  /** Messages of the server that were told late: they waited for others to show that they are messages. */
  #late = 0;
  readonly #resyncMessages: number;
  #cancelWaiting = false;

  constructor(sink: StatementSink, options: ResolvedPostgresConnectionOptions) {
    this.#sink = sink;
    this.#maxPending = options.maxPending;
    const forgotten = () => sink.fail("too_many_prepared");
    this.#statements = new Prepared(options.maxPrepared, forgotten);
    this.#portals = new Prepared(options.maxPrepared, forgotten);
    this.#resyncMessages = options.resyncMessages;
    this.#lost = options.join === "middle";
    this.#synced = { client: !this.#lost, server: !this.#lost };
  }

  /** Takes what the client has sent; `wireBytes` are those of the message. */
  client(message: FrontendMessage, wireBytes: number): void {
    switch (message.name) {
      case "StartupMessage":
        this.#ask("Startup");
        break;
      case "Query":
        // A simple query takes the place of the unnamed statement and portal.
        this.#statements.delete("");
        this.#portals.delete("");
        this.#ask("Query", () => this.#begin("simple", message.sql));
        break;
      case "Parse":
        this.#statements.set(message.statement, message.sql);
        this.#ask("Parse");
        break;
      case "Bind":
        this.#portals.set(message.portal, this.#statements.get(message.statement));
        this.#ask("Bind");
        break;
      case "Execute":
        this.#ask("Execute", () => this.#begin("extended", this.#portals.get(message.portal)));
        break;
      case "Close":
        (message.kind === "statement" ? this.#statements : this.#portals).delete(message.target);
        this.#ask("Close");
        break;
      case "Describe":
      case "FunctionCall":
        this.#ask(message.name);
        break;
      case "Sync":
        if (this.#copyIn) break;
        this.#skipping = false;
        this.#ask("Sync");
        break;
      case "CopyDone":
      case "CopyFail":
        this.#copyIn = false;
        break;
      case "CopyData":
        this.#copied(wireBytes);
    }
  }

  /** Takes what the server has sent. */
  server(message: BackendMessage, wireBytes: number): void {
    if (this.#late > 0) {
      this.#late--;
      return;
    }
    if (this.#lost || ASIDE.has(message.name)) {
      if (message.name === "ReadyForQuery") this.#lost = !this.#synced.client;
      return;
    }
    const head = this.#pending[0];
    switch (message.name) {
      case "ReadyForQuery":
        this.#ready(head);
        break;
      case "ErrorResponse":
        if (head !== undefined) this.#failed(head, message);
        break;
      case "DataRow":
        if (head?.running === undefined) this.#unexpected();
        else {
          head.running.rows++;
          head.running.rowBytes += wireBytes;
        }
        break;
      case "RowDescription":
        if (head?.request === "Describe") this.#pending.shift();
        else if (head?.request !== "Query") this.#unexpected();
        break;
      case "CommandComplete":
        head?.running?.tags.push(message.tag);
        this.#executed(head, "complete");
        break;
      case "EmptyQueryResponse":
        if (head?.running !== undefined) head.running.isEmpty = true;
        this.#executed(head, "empty");
        break;
      case "PortalSuspended":
        this.#executed(head, "suspended");
        break;
      case "CopyInResponse":
        this.#copyIn = true;
        this.#pending = this.#pending.filter(({ request }) => request !== "Sync");
        break;
      case "CopyData":
        this.#copied(wireBytes);
        break;
      default:
        if (head !== undefined && head.request === ANSWERS[message.name]) this.#pending.shift();
        else this.#unexpected();
    }
  }

  /** A cancellation of the session is on its way; returns the statement that runs, or `null`. */
  cancel(): number | null {
    const running = this.#nextRunning();
    if (running === undefined) this.#cancelWaiting = true;
    else running.cancelRequested = true;
    return running?.id ?? null;
  }

  /** Nothing of the side can be read, until `resynced`. */
  lostPlace(from: Side): void {
    this.#synced[from] = false;
    this.#giveUp("unknown");
    this.#lost = true;
  }

  /** The side's messages are found again; all but the last of the run that shows it come later than they passed. */
  resynced(from: Side): void {
    this.#synced[from] = true;
    this.#giveUp("unknown");
    this.#lost = true;
    if (from === "server") this.#late = this.#resyncMessages - 1;
  }

  /** The server has ended its side. */
  end(): void {
    this.#giveUp("cut");
  }

  #ask(request: Request, begin?: () => Running): void {
    if (this.#lost) return;
    const running = begin?.();
    if (this.#skipping) {
      if (running !== undefined) this.#finish(running, "skipped");
      return;
    }
    this.#pending.push({ request, running });
    if (this.#pending.length > this.#maxPending) this.#lose("too_many_pending");
  }

  #begin(protocol: "simple" | "extended", sql: string | null): Running {
    const id = this.#count++;
    const cancelRequested = this.#cancelWaiting;
    this.#cancelWaiting = false;
    this.#sink.emit({ type: "statement", id, protocol, sql });
    return { id, tags: [], rows: 0, rowBytes: 0, copyBytes: 0, error: null, isEmpty: false, cancelRequested };
  }

  /** A command of a simple query has ended, or an Execute. */
  #executed(head: Pending | undefined, outcome: StatementOutcome): void {
    if (head?.request === "Query") return;
    if (head?.request !== "Execute" || head.running === undefined) {
      this.#unexpected();
      return;
    }
    this.#pending.shift();
    this.#finish(head.running, outcome);
  }

  #ready(head: Pending | undefined): void {
    this.#copyIn = false;
    const isAnswer = head?.request === "Query" || head?.request === "FunctionCall" || head?.request === "Startup";
    if (isAnswer && head !== undefined) {
      this.#pending.shift();
      if (head.running !== undefined) this.#finish(head.running, endOfQuery(head.running));
    } else if (head?.request === "Sync") {
      this.#pending.shift();
    } else {
      this.#unexpected();
      this.#lost = false;
    }
  }

  #failed(head: Pending, { severity, sqlstate, message }: PostgresReport): void {
    const error = { severity, sqlstate, message };
    this.#copyIn = false;
    if (head.request === "Query" && head.running !== undefined) head.running.error = error;
    if (!PREPARING.has(head.request)) return;
    const sync = this.#pending.findIndex(({ request }) => request === "Sync");
    this.#skipping = sync < 0;
    const skipped = this.#pending.splice(0, sync < 0 ? this.#pending.length : sync);
    const [first, ...others] = skipped.flatMap(({ running }) => running ?? []);
    if (first !== undefined) {
      first.error = error;
      this.#finish(first, endOfQuery(first));
    }
    for (const running of others) this.#finish(running, "skipped");
  }

  #finish(running: Running, outcome: StatementOutcome): void {
    const { id, tags, rows, rowBytes, copyBytes, error, cancelRequested } = running;
    const counts = { rows, rowBytes, copyBytes };
    this.#sink.emit({ type: "statement-end", id, outcome, tags, ...counts, error, cancelRequested });
    // A cancellation that came too late for this one may hit the next.
    if (!cancelRequested || outcome === "cancelled") return;
    const next = this.#nextRunning(running);
    if (next === undefined) this.#cancelWaiting = true;
    else next.cancelRequested = true;
  }

  #nextRunning(except?: Running): Running | undefined {
    return this.#pending.find(({ running }) => running !== undefined && running !== except)?.running;
  }

  #copied(wireBytes: number): void {
    const running = this.#pending[0]?.running;
    if (running !== undefined) running.copyBytes += wireBytes;
  }

  #unexpected(): void {
    this.#lose("unexpected_message");
  }

  #lose(code: PostgresErrorCode): void {
    this.#sink.fail(code);
    this.#giveUp("unknown");
    this.#lost = true;
  }

  #giveUp(outcome: "cut" | "unknown"): void {
    const given = this.#pending;
    this.#pending = [];
    this.#skipping = false;
    this.#copyIn = false;
    for (const { running } of given) {
      if (running !== undefined) this.#finish(running, running.error === null ? outcome : endOfQuery(running));
    }
  }
}

function endOfQuery({ error, isEmpty, tags }: Running): StatementOutcome {
  if (error !== null) return error.sqlstate === QUERY_CANCELED ? "cancelled" : "error";
  return isEmpty && tags.length === 0 ? "empty" : "complete";
}
