import fc from "fast-check";
import { expect, test } from "vitest";
import { frame, MAX_FRAME_BYTES, readFrames } from "./frames.ts";

async function read(chunks: Uint8Array[]): Promise<number[][]> {
  const frames: number[][] = [];
  for await (const each of readFrames(inOrder(chunks))) frames.push([...each]);
  return frames;
}

async function* inOrder<T>(values: T[]) {
  yield* values;
}

test("readFrames finds the messages that frame wrote, wherever the stream is split", async () => {
  const messages = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(messages, fc.integer({ min: 1, max: 9 }), async (sent, chunkBytes) => {
      const bytes = Buffer.concat(sent.map(frame));
      const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
        bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
      );
      expect(await read(chunks)).toEqual(sent.map((each) => [...each]));
    }),
  );
});

test("readFrames refuses a stream that ends inside a message", async () => {
  await expect(read([frame(new Uint8Array(5)).subarray(0, 7)])).rejects.toThrow("ended inside a frame");
});

test("readFrames refuses a message larger than MAX_FRAME_BYTES", async () => {
  const header = Buffer.alloc(4);
  header.writeUInt32BE(MAX_FRAME_BYTES + 1);
  await expect(read([header])).rejects.toThrow(RangeError);
});
