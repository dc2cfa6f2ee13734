import fc from "fast-check";
import { expect, test } from "vitest";
import { collectOutput, runByTurns, strikerOf } from "../../../tests/support/faults.ts";
import { conversation } from "../../../tests/support/http2-script.ts";
import { cut, cuts } from "../../../tests/support/splits.ts";
import { createFrameEncoder } from "../../http2/index.ts";
import type { Fault } from "../fault.ts";
import { createHttp2Editor } from "./editor.ts";

const path = "/no such path";
const never: readonly Fault[] = [
  { kind: "stall-stream", path },
  { kind: "withhold-window-update", path },
  { kind: "goaway", probability: 0 },
  { kind: "rst-stream", path },
  { kind: "drop-message", path },
  { kind: "corrupt-message", path },
  { kind: "cut-reply", path },
  { kind: "buffer-sse", path },
];

test("createHttp2Editor lets out what went in, byte for byte, as long as no fault strikes, however it is cut", () => {
  const input = fc.record({ bytes: conversation, client: cuts, server: cuts, faults: fc.constantFrom([], never) });
  fc.assert(
    fc.property(input, ({ bytes, client, server, faults }) => {
      const editor = createHttp2Editor({ connection: 1, maxHeldBytes: 65_536 });
      for (const fault of faults) editor.add(strikerOf(fault));
      const out = runByTurns(editor, { client: cut(bytes.client, client), server: cut(bytes.server, server) });
      expect(out.of("client").equals(bytes.client)).toBe(true);
      expect(out.of("server").equals(bytes.server)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("createHttp2Editor lets out what is no HTTP/2 as it came", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), cuts, (bytes, at) => {
      const editor = createHttp2Editor({ connection: 1, maxHeldBytes: 65_536 });
      const out = runByTurns(editor, { client: cut(bytes, at), server: cut(bytes, at) });
      expect(out.of("client").equals(bytes)).toBe(true);
      expect(out.of("server").equals(bytes)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("createHttp2Editor holds no frame that is larger than its decoder holds: it goes on as it comes", () => {
  const editor = createHttp2Editor({ connection: 1, maxHeldBytes: 65_536 });
  const start = new Uint8Array(18);
  const frames = createFrameEncoder(start, 2 ** 24 - 1);
  frames.settings([]);
  frames.dataHeader(1, 2 ** 21, false);
  const out = collectOutput();
  const parts = [start, new Uint8Array(2 ** 20).fill(1), new Uint8Array(2 ** 20).fill(2), start.slice(0, 9)];
  for (const [index, part] of parts.entries()) {
    out.add(editor.push("server", part));
    expect(editor.heldBytes("server")).toBe(0);
    expect(out.of("server").equals(Buffer.concat(parts.slice(0, index + 1)))).toBe(true);
  }
});
