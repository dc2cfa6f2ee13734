import { toJsonString } from "@bufbuild/protobuf";
import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { type Order, OrderSchema, OrderStatusSchema } from "@polywire/contract/polywire/orders/v1/order";
import { ExportFormat } from "@polywire/contract/polywire/orders/v1/order_service";

const COLUMNS = [
  "order_id",
  "customer_id",
  "status",
  "version",
  "create_time",
  "sku",
  "quantity",
  "currency_code",
  "unit_price_minor_units",
  "line_total_minor_units",
];

/** What an export begins with. */
export function headOf(format: ExportFormat): string {
  return format === ExportFormat.CSV ? csvLine(COLUMNS) : "";
}

/** What an export says about an order: whole lines. */
export function linesOf(format: ExportFormat, order: Order): string {
  if (format === ExportFormat.JSON_LINES) return `${toJsonString(OrderSchema, order, { alwaysEmitImplicit: true })}\n`;
  const { orderId, customerId, status, version, createTime, lines } = order;
  const common = [orderId, customerId, OrderStatusSchema.value[status]?.name ?? "", String(version), isoOf(createTime)];
  return lines
    .map(({ sku, quantity, unitPrice, lineTotal }) =>
      csvLine([
        ...common,
        sku,
        String(quantity),
        lineTotal?.currencyCode ?? "",
        String(unitPrice?.minorUnits ?? ""),
        String(lineTotal?.minorUnits ?? ""),
      ]),
    )
    .join("");
}

/** RFC 4180. A field that a spreadsheet would take for a formula gets an apostrophe before it. */
function csvLine(fields: readonly string[]): string {
  const written = fields.map((field) => {
    const safe = /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  });
  return `${written.join(",")}\r\n`;
}

function isoOf(time: Timestamp | undefined): string {
  return time === undefined ? "" : timestampDate(time).toISOString();
}
