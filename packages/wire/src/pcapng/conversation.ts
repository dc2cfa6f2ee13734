import { NO_BYTES } from "../core/bytes.ts";
import { otherSide, type Side } from "../core/side.ts";
import type { Endpoint, ProxyEvent } from "../proxy/index.ts";
import { MAX_SEGMENT_BYTES, TCP, tcpPacket } from "./tcp-packet.ts";

/** Makes the packets of one TCP connection from what a proxy tells of it. */
export interface Conversation {
  packets(event: ProxyEvent): readonly Uint8Array[];
}

/**
 * The proxy sees a stream, not packets: handshake, numbers and acknowledgements are made up so that a reader can put the
 * stream together again. A conversation of which the beginning is missing begins with its first bytes.
 */
export function createConversation(ends: Readonly<Record<Side, Endpoint>>): Conversation {
  const next: Record<Side, number> = { client: 0, server: 0 };
  const closed: Record<Side, boolean> = { client: false, server: false };

  /** A segment takes as many numbers as it has bytes; SYN and FIN take one each. */
  const send = (from: Side, flags: number, payload: Uint8Array = NO_BYTES): Uint8Array => {
    const to = otherSide(from);
    const packet = tcpPacket({ from: ends[from], to: ends[to], seq: next[from], ack: next[to], flags, payload });
    const numbers = payload.length + ((flags & (TCP.SYN | TCP.FIN)) === 0 ? 0 : 1);
    next[from] = (next[from] + numbers) % 2 ** 32;
    return packet;
  };
  const data = (from: Side, bytes: Uint8Array): Uint8Array[] => {
    const packets: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += MAX_SEGMENT_BYTES) {
      packets.push(send(from, TCP.PSH | TCP.ACK, bytes.subarray(at, at + MAX_SEGMENT_BYTES)));
    }
    return packets;
  };
  const finish = (from: Side): Uint8Array[] => {
    if (closed[from]) return [];
    closed[from] = true;
    return [send(from, TCP.FIN | TCP.ACK), send(otherSide(from), TCP.ACK)];
  };
  return {
    packets(event) {
      switch (event.kind) {
        case "open":
          return [send("client", TCP.SYN), send("server", TCP.SYN | TCP.ACK), send("client", TCP.ACK)];
        case "chunk":
          return data(event.direction === "up" ? "client" : "server", event.bytes);
        case "half-close":
          return finish(event.direction === "up" ? "client" : "server");
        case "close":
          return event.reason === "finished" ? [] : [send("client", TCP.RST | TCP.ACK)];
      }
    },
  };
}
