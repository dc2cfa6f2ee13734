import { expect, test } from "vitest";
import { collectOutput, strikerOf, writeFrames } from "../../../tests/support/faults.ts";
import { createHpackEncoder } from "../../hpack/index.ts";
import { createFrameDecoder } from "../../http2/index.ts";
import { createHttp2Editor } from "./editor.ts";

const CALLS = 1100;

test("rst-stream loses what still comes for the latest 1024 streams that it reset, and remembers no more", () => {
  const hpack = createHpackEncoder();
  const list = [
    { name: ":method", value: "GET" },
    { name: ":path", value: "/a" },
  ];
  const block = new Uint8Array(hpack.maxEncodedBytes(list));
  const editor = createHttp2Editor({ connection: 1, maxHeldBytes: 65_536 });
  const striker = strikerOf({ kind: "rst-stream", times: CALLS });
  editor.add(striker);
  editor.push(
    "client",
    writeFrames((frames) => {
      frames.preface();
      frames.settings([]);
    }),
  );
  for (let call = 0; call < CALLS; call++) {
    const encoded = block.subarray(0, hpack.encode(list, block, 0));
    editor.push(
      "client",
      writeFrames((frames) => frames.headers(2 * call + 1, encoded, false)),
    );
  }
  expect(striker.counts.strikes).toBe(CALLS);
  const out = collectOutput();
  const late = [1, 2 * (CALLS - 1024) - 1, 2 * (CALLS - 1024) + 1, 2 * CALLS - 1];
  for (const streamId of late) {
    out.add(
      editor.push(
        "client",
        writeFrames((frames) => frames.rstStream(streamId, 8)),
      ),
    );
  }
  const passed = createFrameDecoder().push(out.of("client"));
  expect(passed.map(({ streamId }) => streamId)).toEqual(late.slice(0, 2));
});
