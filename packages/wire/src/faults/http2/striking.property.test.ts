import fc from "fast-check";
import { expect, test } from "vitest";
import { strikerOf } from "../../../tests/support/faults.ts";
import { grpcConversation } from "../../../tests/support/grpc-conversation.ts";
import { cut, cuts } from "../../../tests/support/splits.ts";
import type { Side } from "../../core/side.ts";
import { createHttp2Connection } from "../../http2/index.ts";
import type { Output } from "../editor.ts";
import type { Fault } from "../fault.ts";
import { createHttp2Editor } from "./editor.ts";

const path = "/a";
const fault: fc.Arbitrary<Fault> = fc.constantFrom<Fault[]>(
  { kind: "stall-stream", path },
  { kind: "withhold-window-update", direction: "down" },
  { kind: "rst-stream", path },
  { kind: "rst-stream", at: "reply", times: 3 },
  { kind: "drop-message", path, index: 1, times: 2 },
  { kind: "drop-message", direction: "up" },
  { kind: "corrupt-message", index: 1 },
);

/** What the other side of the proxy sees, as an independent view of the connection has it. */
function view() {
  const connection = createHttp2Connection();
  const errors: string[] = [];
  const headers: string[] = [];
  return {
    errors,
    headers,
    take(outputs: readonly Output[]): void {
      for (const output of outputs) {
        if (!("bytes" in output)) continue;
        for (const event of connection.push(output.from, output.bytes)) {
          if (event.type === "error") errors.push(`${event.from} ${event.streamId} ${event.error.code}`);
          if (event.type !== "headers") continue;
          const fields = event.block?.fields.map(({ name, value }) => `${name}=${value}`).join(" ");
          headers.push(`${event.from} ${event.streamId} ${event.endStream} ${fields}`);
        }
      }
    },
  };
}

test("createHttp2Editor keeps to HTTP/2 while faults strike and are lifted: streams, windows and header tables", () => {
  const input = fc.record({ parts: grpcConversation, at: cuts, fault, setAt: fc.nat(40), liftAt: fc.nat(80) });
  fc.assert(
    fc.property(input, ({ parts, at, fault: chosen, setAt, liftAt }) => {
      const editor = createHttp2Editor({ connection: 1, maxHeldBytes: 65_536 });
      const striker = strikerOf(chosen);
      const [before, after] = [view(), view()];
      for (const [index, { from, bytes }] of parts.entries()) {
        if (index === setAt) after.take(editor.add(striker));
        if (index === setAt + liftAt) after.take(editor.remove(striker));
        before.take([{ from, bytes }]);
        for (const part of cut(bytes, at)) after.take(editor.push(from, part));
      }
      after.take(editor.remove(striker));
      for (const side of ["client", "server"] as const) after.take(editor.end(side));
      expect(before.errors).toEqual([]);
      expect(after.errors).toEqual([]);
      // What does arrive says what was sent.
      expect(after.headers.filter((one) => !before.headers.includes(one))).toEqual([]);
      const isLossless = chosen.kind !== "rst-stream";
      if (isLossless) expect(after.headers.toSorted()).toEqual(before.headers.toSorted());
    }),
    { numRuns: 80 },
  );
});

test("createHttp2Editor makes the same of a side's bytes however they are cut, while faults strike", () => {
  fc.assert(
    fc.property(grpcConversation, fault, cuts, (parts, chosen, at) => {
      const run = (split: (bytes: Uint8Array) => readonly Uint8Array[]): Record<Side, string> => {
        const editor = createHttp2Editor({ connection: 1, maxHeldBytes: 65_536 });
        editor.add(strikerOf(chosen));
        const out: Record<Side, Uint8Array[]> = { client: [], server: [] };
        for (const { from, bytes } of parts) {
          for (const part of split(bytes)) {
            for (const output of editor.push(from, part)) if ("bytes" in output) out[output.from].push(output.bytes);
          }
        }
        return {
          client: Buffer.concat(out.client).toString("latin1"),
          server: Buffer.concat(out.server).toString("latin1"),
        };
      };
      expect(run((bytes) => cut(bytes, at))).toEqual(run((bytes) => [bytes]));
    }),
    { numRuns: 40 },
  );
});
