import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { PricingService, type QuoteOrderRequest } from "@polywire/contract/polywire/pricing/v1/pricing_service";
import { errorDetails, rpcError } from "@polywire/rpc";
import { expect, test } from "vitest";
import { createPriceBook, type Position } from "./price-book.ts";

const TTL_MS = 1000;

/** A book over a pricing service in memory: a piece costs 10, and 3 or more of `BAD-…` cannot be had. */
function bookAt(clock: () => number, maxPrices = 1000) {
  const quotes: QuoteOrderRequest[] = [];
  const transport = createRouterTransport(({ service }) => {
    service(PricingService, {
      quoteOrder: (request) => {
        quotes.push(request);
        const money = (minorUnits: number) => ({ minorUnits: BigInt(minorUnits), currencyCode: request.currencyCode });
        const lines = request.lines.map(({ sku, quantity }) => {
          if (sku.startsWith("BAD")) throw rpcError("OUT_OF_STOCK", "too few", { metadata: { sku } });
          return { sku, quantity, unitPrice: money(10), lineTotal: money(10 * quantity) };
        });
        return { lines, expireTime: timestampFromMs(clock() + TTL_MS) };
      },
    });
  });
  return { quotes, book: createPriceBook({ pricing: createClient(PricingService, transport), clock, maxPrices }) };
}

const position = (sku: string, quantity = 1, currencyCode = "EUR"): Position => ({ sku, quantity, currencyCode });

test("PriceBook asks once for each position while the quote holds", async () => {
  let nowMs = 1_000_000;
  const { book, quotes } = bookAt(() => nowMs);
  expect(await book.price([position("A"), position("A"), position("B", 2)])).toEqual([
    { unitMinor: 10n, totalMinor: 10n },
    { unitMinor: 10n, totalMinor: 10n },
    { unitMinor: 10n, totalMinor: 20n },
  ]);
  await book.price([position("B", 2)]);
  expect(quotes).toHaveLength(1);
  nowMs += TTL_MS;
  await book.price([position("B", 2)]);
  expect(quotes).toHaveLength(2);
});

test("PriceBook puts each SKU once into a quote, one currency, and 100 lines at most", async () => {
  const { book, quotes } = bookAt(() => 0);
  const many = Array.from({ length: 150 }, (_, index) => position(`S-${index}`));
  await book.price([...many, position("S-0", 2), position("S-0", 3), position("S-0", 1, "USD")]);
  expect(quotes.map(({ lines }) => lines.length).sort((a, b) => b - a)).toEqual([100, 50, 1, 1, 1]);
  for (const { lines } of quotes) expect(new Set(lines.map(({ sku }) => sku)).size).toBe(lines.length);
});

test("PriceBook refuses only the positions that pricing names, and asks again for them the next time", async () => {
  const { book, quotes } = bookAt(() => 0);
  const wanted = [position("A"), position("BAD-1"), position("B"), position("BAD-2")];
  const answers = await book.price(wanted);
  const shown = answers.map((answer) =>
    answer instanceof ConnectError ? errorDetails(answer).metadata.sku : "priced",
  );
  expect(shown).toEqual(["priced", "BAD-1", "priced", "BAD-2"]);
  expect(quotes).toHaveLength(3);
  await book.price([position("BAD-1")]);
  expect(quotes).toHaveLength(4);
});

test("PriceBook forgets what it knows when it has more than maxPrices", async () => {
  const { book, quotes } = bookAt(() => 0, 2);
  await book.price([position("A"), position("B"), position("C")]);
  await book.price([position("A")]);
  expect(quotes).toHaveLength(2);
});
