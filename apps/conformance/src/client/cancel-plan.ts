import type { ClientCompatRequest_Cancel } from "../gen/connectrpc/conformance/v1/client_compat_pb.ts";

/** When the caller of a call gives up. */
export interface CancelPlan {
  readonly signal: AbortSignal;
  /** All requests have been sent, the request stream is still open. */
  onSent(): void;
  /** The request stream has been closed. */
  onSendClosed(): void;
  /** So many responses have been received. */
  onResponse(count: number): void;
}

/** Follows what the suite says about cancelling. A plan without timing cancels as soon as the requests are sent. */
export function createCancelPlan(cancel: ClientCompatRequest_Cancel | undefined): CancelPlan {
  const controller = new AbortController();
  const timing = cancel?.cancelTiming;
  return {
    signal: controller.signal,
    onSent() {
      if (timing?.case === "beforeCloseSend") controller.abort();
    },
    onSendClosed() {
      if (timing?.case === "afterCloseSendMs") setTimeout(() => controller.abort(), timing.value).unref();
      else if (timing !== undefined && timing.case === undefined) controller.abort();
    },
    onResponse(count) {
      if (timing?.case === "afterNumResponses" && timing.value === count) controller.abort();
    },
  };
}
