import type { HeaderBlock } from "../hpack/index.ts";
import type { HeadersKind } from "./events.ts";

/**
 * What a list is, by its pseudo-header fields, which stand before all others (RFC 9113 section 8.3). A list without any
 * is trailers (section 8.1).
 */
export function headersKind(block: HeaderBlock): HeadersKind {
  for (const { name, value } of block.fields) {
    if (name === null) return "unknown";
    if (name === ":status") return value === null ? "unknown" : /^1\d\d$/.test(value) ? "informational" : "response";
    if (name === ":method") return "request";
    if (!name.startsWith(":")) return "trailers";
  }
  return block.complete ? "trailers" : "unknown";
}
