import { ConnectError } from "@connectrpc/connect";
import type { ImportOrdersRequest } from "@polywire/contract/polywire/orders/v1/order_service";
import type { Dependencies } from "../dependencies.ts";
import { checkLine, type ImportLine } from "../import/import-line.ts";
import { inBatches } from "../import/in-batches.ts";
import { createPriceBook } from "../import/price-book.ts";
import { priceLines } from "../import/price-lines.ts";
import { storeOrders } from "../import/store-orders.ts";
import { createSummary } from "../import/summary.ts";
import { currentPrincipal } from "../orders/viewer.ts";
import type { OrderMethods } from "./methods.ts";

/** Order lines committed at once, a few more at most: what one import keeps in memory is twice that. */
const MAX_BATCH_LINES = 2000;

const MAX_PRICES = 10_000;

/**
 * Stores a stream of orders in batches, each in one transaction: what was committed is in, whatever happens then.
 *
 * An import asks pricing once for each SKU and quantity and keeps the answer as long as the quote holds, and it takes
 * orders in before their stock is reserved: that is left to the stock tasks. So nothing happens outside the transaction,
 * and a batch is never half done and leaves no stock held. With one Reserve for each order before it is stored, an import
 * would be as fast as inventory answers single calls, and the first reservations would run out before a long import is
 * confirmed. An order whose stock does not suffice in the end is cancelled, like one whose reservation is lost.
 */
export function importOrders({ db, pricing }: Dependencies): OrderMethods["importOrders"] {
  return async (requests) => {
    const { subject } = currentPrincipal();
    const summary = createSummary();
    const prices = createPriceBook({ pricing, clock: Date.now, maxPrices: MAX_PRICES });

    const check = (request: ImportOrdersRequest): ImportLine | undefined => {
      try {
        return checkLine(request);
      } catch (error) {
        summary.refused(request.lineNumber, ConnectError.from(error));
        return undefined;
      }
    };
    const store = async (lines: ImportLine[]): Promise<void> => {
      const { priced, refused } = await priceLines(prices, lines);
      for (const { lineNumber, refusal } of refused) summary.refused(lineNumber, refusal);
      const outcomes = await storeOrders(db, subject, priced);
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome === "stored") summary.stored();
        else if (outcome === "repeated") summary.repeated();
        else summary.refused(priced[index]?.lineNumber ?? 0n, outcome);
      }
    };
    await inBatches(requests, {
      take: check,
      weigh: ({ request }) => request.lines.length,
      handle: store,
      maxWeight: MAX_BATCH_LINES,
    });
    return summary.response();
  };
}
