import type { Striker } from "../active-fault.ts";
import type { StallStreamFault } from "../fault.ts";
import type { Http2Desk, Http2Rule } from "./rule.ts";
import { createStall } from "./stall-stream.ts";

/** Makes the rule of a fault; `undefined`: it is none of HTTP/2. */
export function createHttp2Rule(striker: Striker, desk: Http2Desk): Http2Rule | undefined {
  switch (striker.fault.kind) {
    case "stall-stream":
      return createStall(striker as Striker<StallStreamFault>, desk);
    case "bandwidth":
    case "cut":
    case "freeze":
    case "half-open":
    case "latency":
    case "reset":
    case "slice":
    case "withhold":
      return undefined;
  }
}
