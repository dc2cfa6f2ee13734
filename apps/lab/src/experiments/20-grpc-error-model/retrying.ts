import type { Interceptor } from "@connectrpc/connect";
import type { Order } from "@polywire/contract/polywire/orders/v1/order";
import { retry } from "@polywire/rpc";
import { askRetrying } from "./ask.ts";
import { ALL_CODES, orderOf } from "./codes.ts";
import { byCode, startFaultService } from "./fault-service.ts";

/** Who decides whether a failed call is made again. */
export const RETRIERS = ["unavailable", "all"] as const;
export type Retrier = (typeof RETRIERS)[number];

/** Attempts of one call at most. */
export const MAX_ATTEMPTS = 3;

/** The product's retrier, hardly waiting, and one that takes every error for one that passes. */
export function retrierOf(retrier: Retrier): Interceptor {
  return retrier === "unavailable" ? retry({ maxAttempts: MAX_ATTEMPTS, initialBackoffMs: 1 }) : retryAll;
}

const retryAll: Interceptor = (next) => async (request) => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await next(request);
    } catch (error) {
      if (attempt === MAX_ATTEMPTS) throw error;
    }
  }
};

/** How often a retrier makes a call that ends with each code, by code. */
export async function countAttempts(retrier: Retrier, order: Order): Promise<number[]> {
  const attempts: number[] = [];
  await using service = await startFaultService(byCode(order));
  for (const code of ALL_CODES) {
    await askRetrying(service.grpc, orderOf(code), retrierOf(retrier));
    attempts.push(service.attempts(orderOf(code)));
  }
  return attempts;
}
