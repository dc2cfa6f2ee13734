import { expect, test } from "vitest";
import type { CallWire } from "../wires/wire.ts";
import { differing } from "./check-parity.ts";

const answers = (entries: Partial<Record<CallWire, unknown>>) =>
  new Map(Object.entries(entries) as [CallWire, unknown][]);

test("differing finds nothing when every wire answers as gRPC does", () => {
  expect(differing("read", answers({ "rest-h1": { a: [1] }, grpc: { a: [1] }, "ws-json": { a: [1] } }))).toEqual([]);
});

test("differing names each wire that answers otherwise, with both answers", () => {
  const [grpc, other] = [{ code: "NOT_FOUND" }, { code: "UNKNOWN" }];
  expect(differing("missing", answers({ "rest-h1": other, grpc, "ws-json": { ...grpc, extra: 1 } }))).toEqual([
    { case: "missing", wire: "rest-h1", expected: grpc, actual: other },
    { case: "missing", wire: "ws-json", expected: grpc, actual: { ...grpc, extra: 1 } },
  ]);
});

test("differing does not take the same breakage on every wire for agreement", () => {
  const broken = { broken: "connection refused" };
  expect(differing("read", answers({ grpc: broken, "grpc-web": broken })).map(({ wire }) => wire)).toEqual([
    "grpc",
    "grpc-web",
  ]);
});
