import { ConnectError } from "@connectrpc/connect";
import { defaultCurrency } from "../orders/place-order.ts";
import type { ImportLine } from "./import-line.ts";
import type { Position, Price, PriceBook } from "./price-book.ts";

/** A line whose order can be stored. */
export interface PricedLine extends ImportLine {
  /** One for each line of the order. */
  prices: readonly Price[];
}

/** What pricing says to some lines. */
export interface PricedLines {
  priced: PricedLine[];
  refused: { lineNumber: bigint; refusal: ConnectError }[];
}

/** Prices the orders; one with a position that has no price is refused for the first such one. */
export async function priceLines(book: PriceBook, lines: readonly ImportLine[]): Promise<PricedLines> {
  const answers = await book.price(lines.flatMap(positionsOf));
  const result: PricedLines = { priced: [], refused: [] };
  let first = 0;
  for (const line of lines) {
    const own = answers.slice(first, first + line.request.lines.length);
    first += own.length;
    const refusal = own.find((answer) => answer instanceof ConnectError);
    if (refusal === undefined) result.priced.push({ ...line, prices: own as Price[] });
    else result.refused.push({ lineNumber: line.lineNumber, refusal });
  }
  return result;
}

function positionsOf({ request }: ImportLine): Position[] {
  const currencyCode = request.currencyCode || defaultCurrency;
  return request.lines.map(({ sku, quantity }) => ({ currencyCode, sku, quantity }));
}
