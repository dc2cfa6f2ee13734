import { utf8 } from "../core/bytes.ts";
import type { NatsHeaders } from "./events.ts";

const VERSION = "NATS/1.0";

/** Reads message headers (ADR-4): a version line with an optional status, then fields; `undefined`: they are not that. */
export function parseNatsHeaders(bytes: Uint8Array): NatsHeaders | undefined {
  const [first = "", ...lines] = utf8(bytes).split("\r\n");
  if (!first.startsWith(VERSION) || lines.pop() !== "" || lines.pop() !== "") return undefined;
  const [, status, description = ""] = /^\s*(\d{3})?(?:\s+(.*))?$/.exec(first.slice(VERSION.length)) ?? [];
  const fields: { name: string; value: string }[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) return undefined;
    fields.push({ name: line.slice(0, colon), value: line.slice(colon + 1).trim() });
  }
  return { status: status === undefined ? null : Number(status), description: description.trim(), fields };
}
