import { ERROR_CODES } from "../../http2/index.ts";
import type { Striker } from "../active-fault.ts";
import type { RstStreamFault } from "../fault.ts";
import { type Http2Desk, type Http2Rule, isMeant, isReply } from "./rule.ts";

/** Resets the calls that it struck. */
export function createReset(striker: Striker<RstStreamFault>, desk: Http2Desk): Http2Rule {
  const { errorCode = "INTERNAL_ERROR", at = "request" } = striker.fault;
  const struck = new Set<number>();
  const kill = (streamId: number): void => {
    struck.delete(streamId);
    desk.kill(striker, streamId, ERROR_CODES.indexOf(errorCode));
  };
  return {
    begin(call, isUnderWay) {
      const { streamId } = call;
      if (!isMeant(striker.fault, call) || !striker.strike(1)) return;
      if (isUnderWay && at === "request") kill(streamId);
      else struck.add(streamId);
    },
    take(unit) {
      const streamId = unit.frame?.streamId ?? 0;
      if (at === "request" || !isReply(unit) || !struck.has(streamId)) return false;
      kill(streamId);
      return true;
    },
    // The server must have seen the stream begin, or the reset would be an error of the connection.
    passed({ headers, frame }) {
      const streamId = frame?.streamId ?? 0;
      if (at === "request" && headers?.kind === "request" && struck.has(streamId)) kill(streamId);
    },
  };
}
