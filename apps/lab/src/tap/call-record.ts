import type { CallStyle, DescribedMessage } from "@polywire/wire/tap";
import type { HopEvent } from "./hop-event.ts";

/** One call on one hop, from what a tap saw of it. Times are on the clock of `machineMs`. */
export interface CallRecord {
  readonly hop: string;
  readonly connection: number;
  /** Unique on its connection. */
  readonly call: number;
  /** `sql`: a transaction, see `withSql`. */
  readonly style: CallStyle | "sql";
  /** Of HTTP. */
  readonly method: string;
  readonly path: string | null;
  /** `null`: none was sent, and none was answered. */
  readonly requestId: string | null;
  /** What was left of the caller's deadline when it asked; `null`: it has none. */
  readonly timeoutMs: number | null;
  readonly startedAtMs: number;
  readonly answeredAtMs: number | null;
  /** `null`: still open when the events were read. */
  readonly endedAtMs: number | null;
  /** A canonical code, for plain HTTP the status; `null`: not ended, or cancelled. */
  readonly code: string | null;
  /** Who gave the call up; `null`: nobody did. */
  readonly cancelledBy: "client" | "server" | "unknown" | null;
  readonly messages: readonly DescribedMessage[];
}

type Draft = { -readonly [Key in keyof CallRecord]: CallRecord[Key] } & { messages: DescribedMessage[] };

/** Puts the calls together that these events show, in the order in which they began. */
export function readCalls(events: Iterable<HopEvent>): CallRecord[] {
  const calls = new Map<string, Draft>();
  for (const { hop, connection, atMs, ...seen } of events) {
    if (seen.layer !== "call") continue;
    const { event } = seen;
    const key = `${hop} ${connection} ${event.call}`;
    if (event.type === "call") {
      const { call, style, method, path, requestId, timeoutMs } = event;
      calls.set(key, {
        ...OPEN,
        hop,
        connection,
        call,
        style,
        method,
        path,
        requestId,
        timeoutMs,
        startedAtMs: atMs,
        messages: [],
      });
      continue;
    }
    const call = calls.get(key);
    if (call === undefined) continue;
    switch (event.type) {
      case "answer":
        call.answeredAtMs = atMs;
        call.requestId ??= event.requestId;
        break;
      case "message":
        call.messages.push(event);
        break;
      case "end":
        call.endedAtMs = atMs;
        call.code = event.code;
        call.requestId ??= event.requestId;
        break;
      case "cancel":
        call.endedAtMs = atMs;
        call.cancelledBy = event.from ?? "unknown";
        break;
      case "error":
        break;
    }
  }
  return [...calls.values()].sort((a, b) => a.startedAtMs - b.startedAtMs);
}

const OPEN = { answeredAtMs: null, endedAtMs: null, code: null, cancelledBy: null } as const;

/** What a call is called for people: the method of an RPC or command, else the method and path of HTTP. */
export function callTitle({ style, method, path }: Pick<CallRecord, "method" | "path" | "style">): string {
  if (path === null) return "unknown";
  if (style === "sql") return path;
  const [address = path] = path.split("?", 1);
  const isHttp = style === "http" || (style === "websocket" && address.startsWith("/"));
  return isHttp ? `${method} ${address}` : address.slice(address.lastIndexOf("/") + 1);
}
