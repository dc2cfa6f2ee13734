import fc from "fast-check";
import { expect, test } from "vitest";
import { conversation } from "../../../tests/support/http2-script.ts";
import { cut, cuts } from "../../../tests/support/splits.ts";
import type { Side } from "../../core/side.ts";
import { Striker } from "../active-fault.ts";
import type { Editor } from "../editor.ts";
import type { Fault } from "../fault.ts";
import { createHttp2Editor } from "./editor.ts";

const never: readonly Fault[] = [{ kind: "stall-stream", path: "/no such path" }];

function striker(fault: Fault): Striker {
  return new Striker({ id: 1, fault, random: Math.random, maxEvents: 10, lift: () => undefined });
}

/** What comes out in the name of each side when both sides' parts go in by turns. */
function run(editor: Editor, parts: Readonly<Record<Side, readonly Uint8Array[]>>): Record<Side, Buffer> {
  const out: Record<Side, Uint8Array[]> = { client: [], server: [] };
  const sides: Side[] = ["client", "server"];
  for (let turn = 0; turn < Math.max(parts.client.length, parts.server.length); turn++) {
    for (const from of sides) {
      for (const output of editor.push(from, parts[from][turn] ?? new Uint8Array())) {
        out[output.from].push(output.bytes);
      }
    }
  }
  for (const from of sides) for (const output of editor.end(from)) out[output.from].push(output.bytes);
  return { client: Buffer.concat(out.client), server: Buffer.concat(out.server) };
}

test("createHttp2Editor lets out what went in, byte for byte, as long as no fault strikes, however it is cut", () => {
  const input = fc.record({ bytes: conversation, client: cuts, server: cuts, faults: fc.constantFrom([], never) });
  fc.assert(
    fc.property(input, ({ bytes, client, server, faults }) => {
      const editor = createHttp2Editor({ connection: 1, maxHeldBytes: 65_536 });
      for (const fault of faults) editor.add(striker(fault));
      const out = run(editor, { client: cut(bytes.client, client), server: cut(bytes.server, server) });
      expect(out.client.equals(bytes.client)).toBe(true);
      expect(out.server.equals(bytes.server)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("createHttp2Editor lets out what is no HTTP/2 as it came", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), cuts, (bytes, at) => {
      const editor = createHttp2Editor({ connection: 1, maxHeldBytes: 65_536 });
      const out = run(editor, { client: cut(bytes, at), server: cut(bytes, at) });
      expect(out.client.equals(bytes)).toBe(true);
      expect(out.server.equals(bytes)).toBe(true);
    }),
    { numRuns: 300 },
  );
});
