import type { Striker } from "../active-fault.ts";
import type { CutReplyFault } from "../fault.ts";
import { type Http2Desk, type Http2Rule, isReply } from "./rule.ts";

/** Ends the connection in place of a reply. */
export function createReplyCut(striker: Striker<CutReplyFault>, desk: Http2Desk): Http2Rule {
  const { path = "" } = striker.fault;
  return {
    take(unit) {
      if (!isReply(unit)) return false;
      const call = desk.calls.get(unit.frame?.streamId ?? 0);
      if (call?.path.includes(path) !== true || !striker.strike(1)) return false;
      desk.cut(striker);
      return true;
    },
  };
}
