import { expect, test } from "vitest";
import { createHpackEncoder } from "../src/hpack/index.ts";
import { createFrameEncoder } from "../src/http2/index.ts";
import { collect } from "./support/collect.ts";

const WARM_UP_FRAMES = 500_000;
/** So few that what they leave stays below the size at which the engine collects by itself. */
const FRAMES = 50_000;
const FIELDS = [
  { name: ":method", value: "POST" },
  { name: ":path", value: "/orders" },
  { name: "x-id", value: "7" },
];

/** Bytes that the work leaves on the heap, garbage included, a frame: nothing is collected in between. */
function bytesPerFrame(write: () => void): number {
  for (let frame = 0; frame < WARM_UP_FRAMES; frame++) write();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let frame = 0; frame < FRAMES; frame++) write();
  return (process.memoryUsage().heapUsed - before) / FRAMES;
}

test("createFrameEncoder + allocates nothing per DATA, WINDOW_UPDATE and PING", () => {
  const frames = createFrameEncoder(new Uint8Array(65_536));
  const payload = new Uint8Array(200);
  const opaque = new Uint8Array(8);
  const grown = bytesPerFrame(() => {
    if (frames.length > 60_000) frames.reset();
    frames.data(1, payload, false);
    frames.windowUpdate(0, 1);
    frames.ping(opaque, false);
  });
  // The smallest object takes 16 bytes or more.
  expect(grown).toBeLessThan(4);
});

test("createHpackEncoder and createFrameEncoder + allocate nothing per header block that the table knows", () => {
  const hpack = createHpackEncoder();
  const block = new Uint8Array(256);
  const frames = createFrameEncoder(new Uint8Array(65_536));
  hpack.encode(FIELDS, block, 0);
  const known = block.subarray(0, hpack.encode(FIELDS, block, 0));
  const grown = bytesPerFrame(() => {
    if (frames.length > 60_000) frames.reset();
    hpack.encode(FIELDS, block, 0);
    frames.headers(1, known, false);
  });
  expect(grown).toBeLessThan(4);
});
