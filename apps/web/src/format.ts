import type { DescEnum } from "@bufbuild/protobuf";
import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import type { Money } from "@polywire/contract/polywire/type/v1/money";

/** An amount in the reader's language. Digits are placed as text: money never becomes a floating-point number. */
export function formatMoney(money: Money | undefined): string {
  if (money === undefined) return "";
  const format = new Intl.NumberFormat(undefined, { style: "currency", currency: money.currencyCode });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 0;
  const sign = money.minorUnits < 0n ? "-" : "";
  const text = String(money.minorUnits < 0n ? -money.minorUnits : money.minorUnits).padStart(digits + 1, "0");
  const decimal = digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
  return format.format(`${sign}${decimal}` as Intl.StringNumericLiteral);
}

/** A time of day to the millisecond. */
export function formatTime(time: Timestamp | undefined): string {
  if (time === undefined) return "";
  const digits = { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3 } as const;
  return timestampDate(time).toLocaleTimeString(undefined, { ...digits, hourCycle: "h23" });
}

/** The name of an enum value in small words: `STATUS_CHANGED` reads "status changed". */
export function enumLabel(schema: DescEnum, value: number): string {
  return schema.value[value]?.localName.toLowerCase().replaceAll("_", " ") ?? String(value);
}
