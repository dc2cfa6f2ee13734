import { hex } from "../core/bytes.ts";
import type { PostgresReport } from "../postgres/index.ts";
import type { CallMessage } from "./call-events.ts";
import { describeMessage } from "./describe-message.ts";
import type { DescribedTapEvent } from "./described.ts";
import type { TapEvent } from "./events.ts";
import { redacted, redactField, redactPath, redactReport } from "./redact.ts";

/** Bytes that are shown as they are; all others are traffic, of which the layer above shows what it means. */
const SHOWN_BYTES: ReadonlySet<string> = new Set(["debug", "opaque"]);

/**
 * What an event says, for people and for JSON: messages readable, bytes counted, secrets taken out (header fields that
 * authorise, `token` and the like in messages and addresses, values in what PostgreSQL says).
 */
export function describeTapEvent(event: TapEvent): DescribedTapEvent {
  const content = isMessage(event) ? describeMessage(event.event) : plain(event.event, "event");
  return {
    seq: event.seq,
    connection: event.connection,
    atMs: event.atMs,
    layer: event.layer,
    event: content,
  } as DescribedTapEvent;
}

function isMessage(event: TapEvent): event is TapEvent & { readonly event: CallMessage } {
  return event.layer === "call" && event.event.type === "message";
}

function plainText(text: string, key: string): string {
  if (key === "path" || key === "target") return redactPath(text);
  // Of a notification of PostgreSQL: it may say anything.
  return key === "payload" ? redacted(text.length) : text;
}

function isReport(value: object): value is PostgresReport {
  return "sqlstate" in value && "message" in value;
}

function plain(value: unknown, key: string): unknown {
  if (value instanceof Uint8Array) {
    return SHOWN_BYTES.has(key) ? { bytes: value.length, hex: hex(value) } : { bytes: value.length };
  }
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map((item) => plain(item, key));
  if (typeof value === "string") return plainText(value, key);
  if (typeof value !== "object" || value === null) return value;
  if (isReport(value)) return { ...value, message: redactReport(value) };
  const { name, value: text } = value as { readonly name?: unknown; readonly value?: unknown };
  const described = Object.fromEntries(Object.entries(value).map(([own, inner]) => [own, plain(inner, own)]));
  return typeof name === "string" && typeof text === "string"
    ? { ...described, value: redactField(name, text) }
    : described;
}
