import { create, toJsonString } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Order, OrderSchema } from "@polywire/contract/polywire/orders/v1/order";
import { CancelOrderRequestSchema, ListOrdersRequestSchema } from "@polywire/contract/polywire/orders/v1/order_service";
import { errorDetails } from "@polywire/rpc";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseStrictJson } from "./strict-json.ts";

function refusal(input: string | Uint8Array, fields?: string[]) {
  try {
    parseStrictJson(OrderSchema, input, fields === undefined ? {} : { fields });
  } catch (error) {
    expect(error).toBeInstanceOf(ConnectError);
    expect((error as ConnectError).code).toBe(Code.InvalidArgument);
    const { reason, fieldViolations } = errorDetails(error as ConnectError);
    return [reason, ...fieldViolations.map(({ field, rule }) => `${field} ${rule}`)];
  }
  return undefined;
}

test("parseStrictJson + reads what ProtoJSON writes", () => {
  const order: fc.Arbitrary<Order> = fc
    .record({
      note: fc.string({ unit: "binary" }),
      version: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
      units: fc.bigInt(0n, 2n ** 63n - 1n),
      quantities: fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 3 }),
    })
    .map(({ note, version, units, quantities }) =>
      create(OrderSchema, {
        note,
        version,
        total: { minorUnits: units, currencyCode: "EUR" },
        lines: quantities.map((quantity) => ({ sku: "SKU-1", quantity })),
        createTime: { seconds: 1n, nanos: 5_000 },
      }),
    );
  fc.assert(
    fc.property(order, fc.boolean(), (message, asBytes) => {
      const text = toJsonString(OrderSchema, message);
      expect(parseStrictJson(OrderSchema, asBytes ? new TextEncoder().encode(text) : text)).toEqual(message);
    }),
  );
});

test("parseStrictJson + what cannot be read at all is MALFORMED_REQUEST", () => {
  for (const text of ["", "{", "[]", "null", '"a"', "7", "{} {}", "{'a':1}", "\u{feff}[]", "[".repeat(100_000)]) {
    expect(refusal(text)).toEqual(["MALFORMED_REQUEST"]);
  }
  expect(refusal(Uint8Array.of(0x7b, 0xff, 0x7d))).toEqual(["MALFORMED_REQUEST"]);
});

test("parseStrictJson + a key given twice is refused, under either of its names", () => {
  expect(refusal('{"note":"a","note":"b"}')).toEqual(["MALFORMED_REQUEST"]);
  expect(refusal('{"orderId":"a","order_id":"b"}')).toEqual(["MALFORMED_REQUEST"]);
});

test("parseStrictJson + names every unknown field at any depth", () => {
  expect(refusal('{"colour":1,"lines":[{"sku":"A"},{"qty":2}],"__proto__":{},"total":{"x":1}}')).toEqual([
    "VALIDATION_FAILED",
    "colour unknown_field",
    "lines[1].qty unknown_field",
    "__proto__ unknown_field",
    "total.x unknown_field",
  ]);
});

test("parseStrictJson + 64-bit integers must be strings, 32-bit ones may be numbers", () => {
  expect(refusal('{"version":3,"total":{"minorUnits":9007199254740993},"lines":[{"quantity":2}]}')).toEqual([
    "VALIDATION_FAILED",
    "version int64_string",
    "total.minor_units int64_string",
  ]);
  expect(parseStrictJson(OrderSchema, '{"version":"9007199254740993"}').version).toBe(9_007_199_254_740_993n);
});

test("parseStrictJson + names each field of the wrong type", () => {
  const text = JSON.stringify({
    note: 7,
    status: "SHIPPING",
    lines: [{ quantity: 1.5 }, "x"],
    shippingAddress: { addressLines: ["a", 2] },
    createTime: "yesterday",
    version: "9223372036854775808",
  });
  expect(refusal(text)).toEqual([
    "VALIDATION_FAILED",
    "note type",
    "status type",
    "lines[0].quantity type",
    "lines[1] type",
    "shipping_address.address_lines[1] type",
    "create_time type",
    "version type",
  ]);
  expect(refusal('{"lines":{}}')).toEqual(["VALIDATION_FAILED", "lines type"]);
});

test("parseStrictJson + a field that does not belong here is refused like an unknown one", () => {
  expect(refusal('{"note":"a","customerId":"b"}', ["note"])).toEqual([
    "VALIDATION_FAILED",
    "customer_id unknown_field",
  ]);
  expect(refusal('{"note":"a"}', ["note"])).toBeUndefined();
});

test("parseStrictJson + its refusals name no message type and stay small", () => {
  const text = JSON.stringify(Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`x${n}`.repeat(50), n])));
  const refused = refusal(text) ?? [];
  expect(refused.length).toBeLessThanOrEqual(17);
  expect(JSON.stringify(refused)).not.toContain("polywire");
});

test("parseStrictJson + any JSON gives a message or a refusal", () => {
  for (const schema of [CancelOrderRequestSchema, ListOrdersRequestSchema, OrderSchema]) {
    const keys = schema.fields.map(({ jsonName }) => jsonName);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys, "x"), fc.jsonValue()), (json) => {
        try {
          parseStrictJson(schema, JSON.stringify(json));
        } catch (error) {
          expect((error as ConnectError).code).toBe(Code.InvalidArgument);
        }
      }),
    );
  }
});
