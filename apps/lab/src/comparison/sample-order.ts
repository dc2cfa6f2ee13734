import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CreateOrderRequestSchema } from "@polywire/contract/polywire/orders/v1/order_service";

/** An order as customers place them: three positions, a remark with letters beyond ASCII, an address. */
export function sampleOrder(): MessageInitShape<typeof CreateOrderRequestSchema> {
  return {
    lines: [
      { sku: "SKU-00001", quantity: 2 },
      { sku: "SKU-00017", quantity: 1 },
      { sku: "SKU-00042", quantity: 5 },
    ],
    currencyCode: "EUR",
    note: "Bitte beim Nachbarn abgeben – danke!",
    shippingAddress: {
      recipient: "Zoë Müller",
      addressLines: ["Lange Straße 12", "c/o Ångström"],
      postalCode: "10115",
      locality: "Berlin",
      regionCode: "DE",
    },
  };
}
