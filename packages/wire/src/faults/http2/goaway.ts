import { ERROR_CODES, FRAME_HEADER_BYTES } from "../../http2/index.ts";
import type { Striker } from "../active-fault.ts";
import type { GoawayFault } from "../fault.ts";
import type { Http2Desk } from "./rule.ts";

const GOAWAY_BYTES = FRAME_HEADER_BYTES + 8;

/** Tells the client that the server goes away (RFC 9113 section 6.8). */
export function sendGoaway(striker: Striker<GoawayFault>, desk: Http2Desk): void {
  const { errorCode = "NO_ERROR" } = striker.fault;
  const { connection, lastStreamId } = desk;
  // Before the first call nobody would notice, and the server's SETTINGS must come first.
  if (lastStreamId === 0 || !striker.strike()) return;
  desk.write("server", GOAWAY_BYTES, (frames) => frames.goaway(lastStreamId, ERROR_CODES.indexOf(errorCode)));
  desk.refuseAbove(striker, lastStreamId);
  striker.note({ connection, direction: "down", stream: null, what: "injected", bytes: GOAWAY_BYTES });
}
