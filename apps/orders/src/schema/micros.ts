import { create } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { type RawBuilder, sql } from "kysely";

const MICROS_PER_SECOND = 1_000_000n;

/** A timestamptz column as microseconds since 1970, exactly: JavaScript dates drop the last three digits. */
export function micros(column: string): RawBuilder<bigint> {
  return sql<bigint>`(extract(epoch FROM ${sql.ref(column)}) * 1000000)::bigint`;
}

/** Microseconds since 1970 as a timestamptz. Exact: whole numbers below 2^53 survive the interval's arithmetic. */
export function microsToTime(value: bigint): RawBuilder<Date> {
  return sql<Date>`(timestamptz 'epoch' + ${value}::bigint * interval '1 microsecond')`;
}

/** Microseconds since 1970 as the contract's time. */
export function timestampOf(value: bigint): Timestamp {
  const remainder = ((value % MICROS_PER_SECOND) + MICROS_PER_SECOND) % MICROS_PER_SECOND;
  return create(TimestampSchema, {
    seconds: (value - remainder) / MICROS_PER_SECOND,
    nanos: Number(remainder) * 1000,
  });
}

/** The first whole microsecond at or after a time: what a stored time is compared with. */
export function microsAtOrAfter(time: Timestamp): bigint {
  return time.seconds * MICROS_PER_SECOND + BigInt(Math.ceil(time.nanos / 1000));
}
