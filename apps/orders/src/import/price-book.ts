import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type Client, ConnectError } from "@connectrpc/connect";
import type { PricingService } from "@polywire/contract/polywire/pricing/v1/pricing_service";
import { errorDetails } from "@polywire/rpc";

/** A position of an order: what its price depends on, and nothing else. */
export interface Position {
  currencyCode: string;
  sku: string;
  quantity: number;
}

/** What a position costs, in minor units. */
export interface Price {
  unitMinor: bigint;
  totalMinor: bigint;
}

/** The prices that one import has asked for. */
export interface PriceBook {
  /**
   * Prices positions; those that are known already and still hold are not asked for again.
   *
   * @returns for each position its price, or why it has none
   */
  price(positions: readonly Position[]): Promise<(Price | ConnectError)[]>;
}

/** Options of `createPriceBook`. */
export interface PriceBookOptions {
  pricing: Client<typeof PricingService>;
  /** Epoch milliseconds. */
  clock: () => number;
  /** Prices kept at most, beside those of the positions asked for last. */
  maxPrices: number;
}

/** Lines that one quote may have. */
const MAX_QUOTE_LINES = 100;

/** Quotes asked for side by side. */
const QUOTES_AT_ONCE = 4;

interface Entry {
  price: Price | ConnectError;
  expiresAtMs: number;
}

/** Makes an empty price book. */
export function createPriceBook({ pricing, clock, maxPrices }: PriceBookOptions): PriceBook {
  const known = new Map<string, Entry>();

  async function quote(positions: readonly Position[]): Promise<void> {
    const left = new Map(positions.map((position) => [position.sku, position]));
    // Each refusal names the SKU that it is about; the others are asked for again.
    while (left.size > 0) {
      const lines = [...left.values()].map(({ sku, quantity }) => ({ sku, quantity }));
      const currencyCode = positions[0]?.currencyCode ?? "";
      try {
        const { lines: priced, expireTime } = await pricing.quoteOrder({ lines, currencyCode });
        const expiresAtMs = expireTime === undefined ? 0 : timestampMs(expireTime);
        for (const { sku, quantity, unitPrice, lineTotal } of priced) {
          const price = { unitMinor: unitPrice?.minorUnits ?? 0n, totalMinor: lineTotal?.minorUnits ?? 0n };
          known.set(keyOf({ currencyCode, sku, quantity }), { price, expiresAtMs });
        }
        return;
      } catch (error) {
        const refusal = ConnectError.from(error);
        const refused = left.get(errorDetails(refusal).metadata.sku ?? "");
        if (refused === undefined) throw error;
        left.delete(refused.sku);
        // Holds for those who ask now.
        known.set(keyOf(refused), { price: refusal, expiresAtMs: 0 });
      }
    }
  }

  return {
    async price(positions) {
      const nowMs = clock();
      if (known.size > maxPrices) known.clear();
      const missing = new Map<string, Position>();
      for (const position of positions) {
        const key = keyOf(position);
        if ((known.get(key)?.expiresAtMs ?? 0) <= nowMs) missing.set(key, position);
      }
      const quotes = quotesFor([...missing.values()]);
      for (let first = 0; first < quotes.length; first += QUOTES_AT_ONCE) {
        await Promise.all(quotes.slice(first, first + QUOTES_AT_ONCE).map(quote));
      }
      return positions.map((position) => {
        const entry = known.get(keyOf(position));
        if (entry === undefined) throw new Error(`the quote has no price for ${position.sku}`);
        return entry.price;
      });
    },
  };
}

/** Puts positions into quotes: each has one currency, each SKU once, and 100 lines at most. */
function quotesFor(positions: readonly Position[]): Position[][] {
  const open = new Map<string, Position[]>();
  const full: Position[][] = [];
  const timesSeen = new Map<string, number>();
  for (const position of positions) {
    const { currencyCode, sku } = position;
    const times = (timesSeen.get(`${currencyCode} ${sku}`) ?? 0) + 1;
    timesSeen.set(`${currencyCode} ${sku}`, times);
    const name = `${currencyCode} ${times}`;
    const quote = open.get(name) ?? [];
    quote.push(position);
    open.set(name, quote);
    if (quote.length < MAX_QUOTE_LINES) continue;
    full.push(quote);
    open.delete(name);
  }
  return [...full, ...open.values()];
}

function keyOf({ currencyCode, sku, quantity }: Position): string {
  return `${currencyCode} ${sku} ${quantity}`;
}
