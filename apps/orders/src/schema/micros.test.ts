import { create } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { microsAtOrAfter, timestampOf } from "./micros.ts";

test("timestampOf and microsAtOrAfter are inverse, before 1970 too", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 15n), max: 4n * 10n ** 15n }), (value) => {
      const time = timestampOf(value);
      expect(time.nanos).toBeGreaterThanOrEqual(0);
      expect(time.nanos).toBeLessThan(1_000_000_000);
      expect(microsAtOrAfter(time)).toBe(value);
    }),
  );
});

test("microsAtOrAfter rounds a fraction of a microsecond up", () => {
  expect(microsAtOrAfter(create(TimestampSchema, { seconds: 5n, nanos: 1 }))).toBe(5_000_001n);
});
