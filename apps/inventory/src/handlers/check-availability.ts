import { readStock } from "../stock/read-stock.ts";
import type { Dependencies, Handler } from "./dependencies.ts";

/** Tells for each line whether that many pieces are free now. */
export function checkAvailability({ db }: Dependencies): Handler<"checkAvailability"> {
  return async ({ lines }) => {
    const stock = await readStock(
      db,
      lines.map(({ sku }) => sku),
    );
    return {
      lines: lines.map(({ sku, quantity }) => {
        const availableQuantity = stock.get(sku)?.availableQuantity ?? 0;
        return { sku, known: stock.has(sku), availableQuantity, sufficient: availableQuantity >= quantity };
      }),
    };
  };
}
