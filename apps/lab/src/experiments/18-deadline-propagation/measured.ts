import type { Entry } from "./real-chain.ts";
import type { CallSeen } from "./watch-call.ts";

/** The ways that are wrong, and the one of plain grpc-js that is right. */
export type NaiveName = "none" | "per-hop" | "parent" | "detached" | "driver";

/** Calls of the product's services from one entry: up to their deadline, and left before it. */
export interface EntrySeen {
  readonly entry: Entry;
  readonly expired: readonly CallSeen[];
  readonly left: readonly CallSeen[];
}

/** Everything that a run has measured. */
export interface Measured {
  readonly entries: readonly EntrySeen[];
  readonly naive: Readonly<Record<NaiveName, CallSeen>>;
  /** How far ahead orders' clock was by its own log. */
  readonly clockAheadMs: number;
  /** What a hop with the same clock made of a deadline told as a time of day. */
  readonly absolute: { readonly judgedMs: number; readonly code: string };
  /** What a caller got from a hop with a timer and an error of its own. */
  readonly ownTimer: string;
}

/** Whether nobody worked for a call any more once its caller had gone. */
export function ended({ late }: CallSeen): boolean {
  return late.services.length === 0 && late.statements === 0;
}

/** Who was still at work, for people. */
export function tellLate({ late, effects }: CallSeen): string {
  const who = [...late.services, ...(late.statements > 0 ? ["SQL"] : [])];
  const done = effects === 0 ? "" : `; it then made ${effects} reservation for nobody`;
  return who.length === 0 ? "nobody at work after it" : `at work after it: ${who.join(", ")}${done}`;
}

/** What a service was told was left, in ms; `null`: nothing. */
export function told({ hops }: CallSeen, hop: string): number | null {
  return hops.find((one) => one.hop === hop)?.toldMs ?? null;
}
