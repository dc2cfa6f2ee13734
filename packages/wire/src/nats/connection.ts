import type { Side } from "../core/side.ts";
import { OperationDecoder } from "./decoder.ts";
import type { NatsEvent } from "./events.ts";
import { type NatsConnectionOptions, resolveNatsConnectionOptions } from "./options.ts";

/** Both sides of one connection between a NATS client and its server. */
export interface NatsConnection {
  /**
   * Takes the next bytes that one side sent, cut anywhere; the cuts make no difference to the events. Never throws:
   * faults are events, and decoding goes on at the next operation that can be found. Events may hold views of `chunk`.
   */
  push(from: Side, chunk: Uint8Array): readonly NatsEvent[];
  /** One side has ended its bytes: an error when that cuts an operation off. */
  end(from: Side): readonly NatsEvent[];
}

/** The first byte of a TLS handshake (RFC 8446 section 5.1). */
const TLS_HANDSHAKE = 0x16;

/**
 * Creates the view of one connection.
 *
 * @throws RangeError when an option is out of its range.
 */
export function createNatsConnection(options?: NatsConnectionOptions): NatsConnection {
  const resolved = resolveNatsConnectionOptions(options);
  const sides = { client: new OperationDecoder("client", resolved), server: new OperationDecoder("server", resolved) };
  let encrypted = false;
  return {
    push(from, chunk) {
      if (encrypted) return [];
      encrypted = from === "client" && sides.client.offset === 0 && chunk[0] === TLS_HANDSHAKE;
      return encrypted ? [{ type: "encrypted", from: "client" }] : sides[from].push(chunk);
    },
    end: (from) => (encrypted ? [] : sides[from].end()),
  };
}
