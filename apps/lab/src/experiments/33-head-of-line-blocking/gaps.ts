import { type GapSeen, watchGap } from "./gap-scenario.ts";
import { GRPC_WIRE, HTTP2_WIRE, http1Wire } from "./held-wires.ts";

/** The same calls with the same gap, over several protocols. */
export interface Gaps {
  /** One HTTP/2 connection each. */
  readonly multiplexed: readonly GapSeen[];
  /** Several HTTP/1.1 connections, of which one has the gap. */
  readonly spread: GapSeen;
  /** One HTTP/2 connection, one stream held. */
  readonly oneStream: GapSeen;
}

/** How many calls, over how many connections where they do not share one, and how long nothing may finish, in ms. */
export interface GapsOptions {
  readonly inflight: number;
  readonly conns: number;
  readonly gapMs: number;
}

/** The same calls with one byte missing over HTTP/2, gRPC and several connections of HTTP/1.1, and with one stream held. */
export async function watchGaps({ inflight: calls, conns, gapMs }: GapsOptions): Promise<Gaps> {
  const multiplexed: GapSeen[] = [];
  for (const wire of [HTTP2_WIRE, GRPC_WIRE]) multiplexed.push(await watchGap({ wire, held: "byte", calls, gapMs }));
  return {
    multiplexed,
    spread: await watchGap({ wire: http1Wire(conns), held: "byte", calls, gapMs }),
    oneStream: await watchGap({ wire: HTTP2_WIRE, held: "stream", calls, gapMs }),
  };
}
