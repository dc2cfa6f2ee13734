import { readStock } from "../stock/read-stock.ts";
import type { Dependencies, Handler } from "./dependencies.ts";

/** Reads the stock of several SKUs; unknown ones are listed. */
export function batchGetStock({ db }: Dependencies): Handler<"batchGetStock"> {
  return async ({ skus }) => {
    const stock = await readStock(db, skus);
    return {
      stock: skus.flatMap((sku) => stock.get(sku) ?? []),
      missingSkus: skus.filter((sku) => !stock.has(sku)),
    };
  };
}
