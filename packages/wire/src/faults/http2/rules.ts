import type { Striker } from "../active-fault.ts";
import type {
  BufferSseFault,
  CutReplyFault,
  GoawayFault,
  MessageFault,
  RstStreamFault,
  StallStreamFault,
  WithholdWindowUpdateFault,
} from "../fault.ts";
import { createSseBuffer } from "./buffer-sse.ts";
import { createReplyCut } from "./cut-reply.ts";
import { sendGoaway } from "./goaway.ts";
import { createMessageRule } from "./messages.ts";
import { createReset } from "./rst-stream.ts";
import type { Http2Desk, Http2Rule } from "./rule.ts";
import { createStall } from "./stall-stream.ts";
import { createWindowHold } from "./withhold-window-update.ts";

/** Makes the rule of a fault; `undefined`: nothing of HTTP/2 is to be watched for it. */
export function createHttp2Rule(striker: Striker, desk: Http2Desk): Http2Rule | undefined {
  switch (striker.fault.kind) {
    case "stall-stream":
      return createStall(striker as Striker<StallStreamFault>, desk);
    case "withhold-window-update":
      return createWindowHold(striker as Striker<WithholdWindowUpdateFault>, desk);
    case "goaway":
      sendGoaway(striker as Striker<GoawayFault>, desk);
      return undefined;
    case "rst-stream":
      return createReset(striker as Striker<RstStreamFault>, desk);
    case "corrupt-message":
    case "drop-message":
      return createMessageRule(striker as Striker<MessageFault>, desk);
    case "cut-reply":
      return createReplyCut(striker as Striker<CutReplyFault>, desk);
    case "buffer-sse":
      return createSseBuffer(striker as Striker<BufferSseFault>, desk);
    default:
      return undefined;
  }
}
