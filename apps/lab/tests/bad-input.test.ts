import { create, toBinary } from "@bufbuild/protobuf";
import { CreateOrderRequestSchema } from "@polywire/contract/polywire/orders/v1/order_service";
import { describe, expect, test } from "vitest";
import { CALL_WIRES, type CallWire } from "../src/wires/wire.ts";
import { sendRaw } from "./support/raw-calls.ts";
import { sharedSystem } from "./support/shared-system.ts";

const JSON_WIRES = ["rest-h1", "rest-h2", "connect-json", "ws-json"] as const;
const BINARY_WIRES = ["grpc", "grpc-web", "connect-binary"] as const;

async function send(wire: CallWire, body: string | Uint8Array) {
  const { endpoints, issueToken } = sharedSystem();
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  return sendRaw(wire, bytes, { endpoints, token: await issueToken("bad-input") });
}

/** What must never reach a client: stack frames, paths, SQL, names of classes and libraries. */
const INTERNAL = /\bat [\w.<>]+ \(|node:|\/src\/|\.ts\b|select |insert |SyntaxError|TypeError|protobuf-es|postgres/i;

describe.each(CALL_WIRES)("%s", (wire) => {
  const isJson = (JSON_WIRES as readonly string[]).includes(wire);

  test("a request that can't be read is INVALID_ARGUMENT, without internal text", async () => {
    // A length that runs past the end of the message; JSON that ends in the middle.
    const refusal = await send(wire, isJson ? '{"lines":[' : new Uint8Array([0x0a, 0x7f, 0x01]));
    expect(refusal).toMatchObject({ code: "INVALID_ARGUMENT", reason: "MALFORMED_REQUEST" });
    expect(refusal.text).not.toMatch(INTERNAL);
  });

  test("an order without lines is INVALID_ARGUMENT, naming the rule", async () => {
    const refusal = await send(wire, isJson ? "{}" : new Uint8Array());
    expect(refusal).toMatchObject({ code: "INVALID_ARGUMENT", reason: "VALIDATION_FAILED" });
    expect(refusal.text).not.toMatch(INTERNAL);
  });

  test("a request beyond the limit is refused as too large", async () => {
    const note = "x".repeat(6 * 1024 * 1024);
    const lines = [{ sku: "SKU-00001", quantity: 1 }];
    const binary = toBinary(CreateOrderRequestSchema, create(CreateOrderRequestSchema, { lines, note }));
    const refusal = await send(wire, isJson ? JSON.stringify({ lines, note }) : binary);
    // A WebSocket ends with the code that RFC 6455 section 7.4.1 has for it.
    const expected =
      wire === "ws-json" ? { code: "close 1009" } : { code: "RESOURCE_EXHAUSTED", reason: "REQUEST_TOO_LARGE" };
    expect(refusal).toMatchObject(expected);
    expect(refusal.text).not.toMatch(INTERNAL);
  });
});

test.each(JSON_WIRES)("%s refuses an unknown field", async (wire) => {
  const refusal = await send(wire, '{"lines":[{"sku":"SKU-00001","quantity":1}],"surprise":1}');
  expect(refusal.code).toBe("INVALID_ARGUMENT");
  expect(refusal.text).not.toMatch(INTERNAL);
});

test.each(BINARY_WIRES)("%s skips an unknown field, as protobuf readers do", async (wire) => {
  const order = create(CreateOrderRequestSchema, { lines: [{ sku: "NO-SUCH-SKU", quantity: 1 }] });
  const unknown = new Uint8Array([0xf8, 0x07, 0x01]);
  const refusal = await send(wire, Buffer.concat([toBinary(CreateOrderRequestSchema, order), unknown]));
  expect(refusal).toMatchObject({ code: "NOT_FOUND", reason: "UNKNOWN_SKU" });
});
