/** The tables of the schema `pricing`. */
export interface Tables {
  prices: PricesTable;
}

/** The price of one piece of a SKU in one currency. */
interface PricesTable {
  sku: string;
  /** ISO 4217 code. */
  currency_code: string;
  /** In the currency's minor unit. */
  unit_minor: bigint;
}
