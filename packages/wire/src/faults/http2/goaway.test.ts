import { expect, test } from "vitest";
import { collectOutput, strikerOf, writeFrames } from "../../../tests/support/faults.ts";
import { createHpackEncoder } from "../../hpack/index.ts";
import { createFrameDecoder, createHttp2Connection } from "../../http2/index.ts";
import { createHttp2Editor } from "./editor.ts";

test("goaway loses what the client begins all the same, gives its window back, and keeps the header table right", () => {
  const hpack = createHpackEncoder();
  const block = (fields: Readonly<Record<string, string>>): Uint8Array => {
    const list = Object.entries(fields).map(([name, value]) => ({ name, value }));
    const target = new Uint8Array(hpack.maxEncodedBytes(list));
    return target.subarray(0, hpack.encode(list, target, 0));
  };
  const editor = createHttp2Editor({ connection: 1, maxHeldBytes: 65_536 });
  const out = collectOutput();
  const start = writeFrames((frames) => {
    frames.preface();
    frames.settings([]);
    frames.headers(1, block({ ":method": "GET", ":path": "/first", "x-kept": "1" }), false);
  });
  out.add(editor.push("client", start));
  const striker = strikerOf({ kind: "goaway", errorCode: "ENHANCE_YOUR_CALM" });
  out.add(editor.add(striker));
  const late = writeFrames((frames) => {
    frames.headers(3, block({ ":method": "GET", ":path": "/late", "x-lost": "2" }), false);
    frames.data(3, new Uint8Array(100), true);
    // Leans on the table entry that the lost block made.
    frames.headers(1, block({ "x-lost": "2", "x-kept": "1" }), true);
  });
  out.add(editor.push("client", late));

  const frames = createFrameDecoder().push(out.of("server"));
  expect(frames).toMatchObject([
    { type: "GOAWAY", lastStreamId: 1, errorCode: 11 },
    { type: "WINDOW_UPDATE", streamId: 0, increment: 100 },
  ]);
  const seen = createHttp2Connection()
    .push("client", out.of("client"))
    .flatMap((event) => (event.type === "headers" ? [event] : []));
  expect(seen.map(({ streamId }) => streamId)).toEqual([1, 1]);
  expect(seen[1]?.block?.fields).toMatchObject([
    { name: "x-lost", value: "2" },
    { name: "x-kept", value: "1" },
  ]);
  expect(striker.counts.strikes).toBe(1);
});

test("goaway says nothing on a connection that has carried no call", () => {
  const editor = createHttp2Editor({ connection: 1, maxHeldBytes: 65_536 });
  const striker = strikerOf({ kind: "goaway" });
  expect(editor.add(striker)).toEqual([]);
  expect(striker.counts.strikes).toBe(0);
});
