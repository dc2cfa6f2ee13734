import fc from "fast-check";
import { expect, test } from "vitest";
import { collectOutput, strikerOf, writeFrames } from "../../../tests/support/faults.ts";
import { cut, cuts } from "../../../tests/support/splits.ts";
import { createHpackEncoder } from "../../hpack/index.ts";
import { createFrameDecoder } from "../../http2/index.ts";
import { createHttp2Editor } from "./editor.ts";

function requestHead(): Uint8Array {
  const hpack = createHpackEncoder();
  const block = new Uint8Array(500);
  const list = Object.entries({ ":method": "POST", ":path": "/a", "content-type": "application/grpc" });
  const end = hpack.encode(
    list.map(([name, value]) => ({ name, value })),
    block,
    0,
  );
  return writeFrames((frames) => {
    frames.preface();
    frames.settings([]);
    frames.headers(1, block.subarray(0, end), false);
  });
}

/** A message in its envelope; `byte`: what it is filled with. */
function message(length: number, byte: number): Buffer {
  const bytes = Buffer.alloc(5 + length, byte);
  bytes.writeUInt8(0, 0);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

test.each(["drop-message", "corrupt-message"] as const)(
  "%s strikes one message wherever DATA frames are cut, and pays for every byte that is left out",
  (kind) => {
    const input = fc.record({
      lengths: fc.array(fc.nat(40), { minLength: 1, maxLength: 6 }),
      index: fc.nat(6),
      dataAt: cuts,
    });
    fc.assert(
      fc.property(input, ({ lengths, index, dataAt }) => {
        const editor = createHttp2Editor({ connection: 1, maxHeldBytes: 65_536 });
        const striker = strikerOf({ kind, index, direction: "up" });
        editor.add(striker);
        const out = collectOutput();
        out.add(editor.push("client", requestHead()));
        const body = Buffer.concat(lengths.map((length) => message(length, 7)));
        const data = cut(body, dataAt);
        const bytes = writeFrames((frames) => {
          for (const [at, part] of data.entries()) frames.data(1, part, at === data.length - 1);
        });
        out.add(editor.push("client", bytes));

        const from = kind === "drop-message" ? index : lengths.findIndex((length, at) => at >= index && length > 0);
        const wanted = lengths.flatMap((length, at) => {
          if (at !== from) return [message(length, 7)];
          return kind === "drop-message" ? [] : [message(length, 0xff)];
        });
        const frames = createFrameDecoder({ start: "preface" }).push(out.of("client"));
        const got = frames.flatMap((frame) => (frame.type === "DATA" ? [frame.data] : []));
        expect(Buffer.concat(got).equals(Buffer.concat(wanted))).toBe(true);
        expect(frames.at(-1)).toMatchObject({ type: "DATA", endStream: true });
        const paid = createFrameDecoder().push(out.of("server"));
        const credit = paid.flatMap((frame) =>
          frame.type === "WINDOW_UPDATE" && frame.streamId === 0 ? [frame.increment] : [],
        );
        const lost = body.length - Buffer.concat(wanted).length;
        expect(credit.reduce((sum, one) => sum + one, 0)).toBe(lost);
        expect(striker.counts.strikes).toBe(from >= 0 && from < lengths.length ? 1 : 0);
      }),
      { numRuns: 150 },
    );
  },
);
