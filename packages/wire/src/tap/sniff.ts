import { latin1, NO_BYTES, readUint32 } from "../core/bytes.ts";
import type { Side } from "../core/side.ts";

/** What a connection speaks, as far as a tap can decode it; `opaque`: something else, only its bytes are shown. */
export type TapProtocol = "http1" | "http2" | "nats" | "postgres" | "opaque";

/** Tells the protocol of a connection from its first bytes. */
export interface Sniffer {
  /** Takes bytes; `undefined`: more are needed. */
  push(from: Side, chunk: Uint8Array): TapProtocol | undefined;
}

const ENOUGH_BYTES = 24;
const SETTINGS_TYPE = 4;
/** The protocol numbers of StartupMessage 3.x, SSLRequest, GSSENCRequest and CancelRequest. */
const POSTGRES_CODES = new Set([196_608, 196_610, 80_877_102, 80_877_103, 80_877_104]);

/** Creates a sniffer; it keeps at most 24 bytes of each side. */
export function createSniffer(): Sniffer {
  const heads: Record<Side, Uint8Array> = { client: NO_BYTES, server: NO_BYTES };
  return {
    push(from, chunk) {
      const head = new Uint8Array(Math.min(ENOUGH_BYTES, heads[from].length + chunk.length));
      head.set(heads[from]);
      head.set(chunk.subarray(0, head.length - heads[from].length), heads[from].length);
      heads[from] = head;
      return from === "client" ? fromClient(head) : fromServer(head);
    },
  };
}

function fromClient(head: Uint8Array): TapProtocol | undefined {
  const text = latin1(head, 0, head.length);
  // RFC 9113 section 3.4: the preface begins as no other request does.
  if (text.startsWith("PRI ")) return "http2";
  if (/^[A-Z]+ /.test(text)) return "http1";
  if (head.length >= 8 && POSTGRES_CODES.has(readUint32(head, 4))) return "postgres";
  return head.length < ENOUGH_BYTES ? undefined : "opaque";
}

/** Who speaks first: a NATS server greets with INFO, and one of HTTP/2 may send SETTINGS at once. */
function fromServer(head: Uint8Array): TapProtocol | undefined {
  if (latin1(head, 0, 5) === "INFO ") return "nats";
  if (head.length >= 9 && head[3] === SETTINGS_TYPE && readUint32(head, 5) === 0) return "http2";
  return head.length < ENOUGH_BYTES ? undefined : "opaque";
}
