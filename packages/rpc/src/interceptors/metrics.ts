import type { Interceptor } from "@connectrpc/connect";
import type { CodeName } from "../codes.ts";
import { tapMessages } from "../messages.ts";
import { endCode, methodName, watchCall } from "./watch-call.ts";

/** A call that has ended, as metrics count it: everything in it is bounded, nothing comes from the caller. */
export interface MeteredCall {
  /** `polywire.orders.v1.OrderService/GetOrder`. */
  method: string;
  code: CodeName | "OK";
  durationMs: number;
  /** How many messages went by. Absent for a unary call. */
  messages?: { requests: number; responses: number };
}

/** Counts calls. What has started and not ended is running. */
export interface CallMeter {
  started(method: string): void;
  ended(call: MeteredCall): void;
}

/**
 * Counts each call when it starts and when it has ended, and the messages of streams. For servers and for clients.
 * On a server it sits outside the log and recovery, so that it counts what they made of a throw; engines call
 * interceptors for methods that they know and for no others, so that no caller can invent one.
 */
export function metrics({ meter }: { meter: CallMeter }): Interceptor {
  return (next) => (request) => {
    const method = methodName(request);
    const startedMs = performance.now();
    meter.started(method);
    if (!request.stream) {
      return watchCall(request, next, {
        onEnd: (error) => meter.ended({ method, code: endCode(error), durationMs: performance.now() - startedMs }),
      });
    }
    const messages = { requests: 0, responses: 0 };
    const counting = <T>(direction: keyof typeof messages) => ({
      onMessage: (message: T) => {
        messages[direction] += 1;
        return message;
      },
    });
    return watchCall({ ...request, message: tapMessages(request.message, counting("requests")) }, next, {
      tap: counting("responses"),
      onEnd: (error) =>
        meter.ended({ method, code: endCode(error), durationMs: performance.now() - startedMs, messages }),
    });
  };
}
