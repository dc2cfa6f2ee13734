import type { Interceptor } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { expect, test } from "vitest";
import { rpcError } from "../errors.ts";
import type { CallMeter } from "../interceptors/metrics.ts";
import { type AnyFn, answering, failing, read, rejection, streamRequest, unaryRequest } from "../testing/requests.ts";
import { recordSpans } from "../testing/spans.ts";
import { clientInterceptors } from "./client-interceptors.ts";

const withoutWaiting = { sleep: async () => undefined };

function chain(innermost: AnyFn) {
  const ended: string[] = [];
  const meter: CallMeter = { started: () => undefined, ended: ({ code }) => ended.push(code) };
  const fn = clientInterceptors({ meter, retry: withoutWaiting }).reduceRight<AnyFn>(
    (next, interceptor: Interceptor) => interceptor(next),
    innermost,
  );
  return { fn, ended };
}

test("clientInterceptors: one span around all attempts, each of them counted", async () => {
  using spans = recordSpans();
  let attempts = 0;
  const { fn, ended } = chain(async (request) => {
    attempts += 1;
    return attempts < 3 ? failing(rpcError("DRAINING", "come again"))(request) : answering()(request);
  });
  expect(OrderService.method.getOrder.idempotency).not.toBe(0);
  await fn(unaryRequest());
  expect(ended).toEqual(["UNAVAILABLE", "UNAVAILABLE", "OK"]);
  expect(
    spans.ended().map(({ attributes }) => [attributes["rpc.status_code"], attributes["polywire.rpc.retries"]]),
  ).toEqual([["OK", 2]]);
});

test("clientInterceptors: a stream is traced and counted once and not repeated", async () => {
  using spans = recordSpans();
  const { fn, ended } = chain(
    answering(async function* () {
      yield 1;
      throw rpcError("DRAINING", "come again");
    }),
  );
  await rejection(read(await fn(streamRequest())));
  expect(ended).toEqual(["UNAVAILABLE"]);
  expect(spans.ended()).toHaveLength(1);
});
