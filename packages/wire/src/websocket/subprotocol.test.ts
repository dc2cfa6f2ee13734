import { create, type DescMessage, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { TEST_REGISTRY } from "../../tests/support/test-proto.ts";
import { toUtf8 } from "../core/bytes.ts";
import type { MessageEvent } from "./events.ts";
import { createSubprotocolView } from "./subprotocol.ts";

const types = { client: "test.ToServer", server: "test.All" };

function message(kind: "text" | "binary" | null, data: Uint8Array | null): MessageEvent {
  return {
    type: "message",
    from: "client",
    kind,
    frames: 1,
    wireBytes: 0,
    compressed: false,
    data,
    text: null,
    offset: 7,
  };
}

const json = createSubprotocolView({ registry: TEST_REGISTRY, subprotocol: "polywire.v1.json", types });
const proto = createSubprotocolView({ registry: TEST_REGISTRY, subprotocol: "polywire.v1.proto", types });

test("createSubprotocolView + a JSON message: what it is and what it says", () => {
  const text = '{"requestId":7,"subscribe":{"fString":"orders"}}';
  expect(json?.decode(message("text", toUtf8(text)))).toEqual({
    codec: "json",
    typeName: "test.ToServer",
    kind: "subscribe",
    readable: JSON.parse(text),
    decoded: null,
    error: null,
  });
});

test("createSubprotocolView + a binary message: what it is, and its fields on the wire", () => {
  const desc = TEST_REGISTRY.getMessage("test.ToServer") as DescMessage;
  const request = { case: "subscribe", value: create(TEST_REGISTRY.getMessage("test.All") as DescMessage) };
  const bytes = toBinary(desc, create(desc, { requestId: 7, request } as never));
  const decoded = proto?.decode(message("binary", bytes));
  expect(decoded).toMatchObject({ codec: "proto", kind: "subscribe", error: null });
  expect({ ...decoded?.readable }).toMatchObject({ request_id: 7 });
  expect(decoded?.decoded?.fields).toMatchObject([{ name: "request_id", wire: { number: 1 } }, { name: "subscribe" }]);
});

test.each([
  ["JSON in a binary message", json, message("binary", toUtf8("{}")), "subprotocol.wrong_kind"],
  ["a binary message in text", proto, message("text", new Uint8Array()), "subprotocol.wrong_kind"],
  ["what is not JSON", json, message("text", toUtf8("{")), "subprotocol.bad_json"],
  ["JSON that is no object", json, message("text", toUtf8("[]")), "subprotocol.bad_json"],
  ["a name that the type lacks", json, message("text", toUtf8('{"nothing":1}')), "subprotocol.unknown_field"],
  ["cut protobuf", proto, message("binary", Uint8Array.of(8)), "protobuf.truncated"],
])("createSubprotocolView + tells %s", (...[, view, input, code]) => {
  expect(view?.decode(input)?.error).toMatchObject({ code });
});

test("createSubprotocolView + nothing for content that is not known, and for types and encodings it lacks", () => {
  expect(json?.decode(message(null, null))).toBeUndefined();
  expect(createSubprotocolView({ registry: TEST_REGISTRY, subprotocol: "chat", types })).toBeUndefined();
  const unknown = { client: "test.All", server: "test.Nothing" };
  expect(
    createSubprotocolView({ registry: TEST_REGISTRY, subprotocol: "polywire.v1.json", types: unknown }),
  ).toBeUndefined();
});
