import fc from "fast-check";
import { expect, test } from "vitest";
import { collectOutput, strikerOf } from "../../../tests/support/faults.ts";
import { http1Conversation } from "../../../tests/support/http1-script.ts";
import { cut, cuts } from "../../../tests/support/splits.ts";
import { writeFrame } from "../../../tests/support/websocket-script.ts";
import type { Side } from "../../core/side.ts";
import type { Editor } from "../editor.ts";
import type { Fault } from "../fault.ts";
import { createHttp1Editor } from "./editor.ts";

const path = "/no such path";
const never: readonly Fault[] = [
  { kind: "cut-reply", path },
  { kind: "buffer-sse", path },
  { kind: "swallow-pongs", probability: 0 },
];

function editorWith(...faults: readonly Fault[]): Editor {
  const editor = createHttp1Editor({ connection: 1, maxHeldBytes: 65_536 });
  for (const fault of faults) editor.add(strikerOf(fault));
  return editor;
}

test("createHttp1Editor lets out what went in, byte for byte, as long as no fault strikes, however it is cut", () => {
  fc.assert(
    fc.property(http1Conversation, cuts, fc.constantFrom([], never), (parts, at, faults) => {
      const editor = editorWith(...faults);
      const out = collectOutput();
      for (const { from, bytes } of parts) for (const part of cut(bytes, at)) out.add(editor.push(from, part));
      const all = (side: Side) => Buffer.concat(parts.flatMap(({ from, bytes }) => (from === side ? [bytes] : [])));
      for (const side of ["client", "server"] as const) {
        out.add(editor.end(side));
        expect(out.of(side).equals(all(side))).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});

const REQUEST = Buffer.from("GET /orders HTTP/1.1\r\nHost: a\r\n\r\n");

test("createHttp1Editor cut-reply lets no byte of the reply out, however it is cut, and all of what was before", () => {
  const first = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  const second = Buffer.from("HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad");
  fc.assert(
    fc.property(cuts, (at) => {
      const editor = editorWith({ kind: "cut-reply", path: "/second" });
      const out = collectOutput();
      out.add(editor.push("client", REQUEST));
      out.add(editor.push("client", Buffer.from("GET /second HTTP/1.1\r\nHost: a\r\n\r\n")));
      for (const part of cut(Buffer.concat([first, second]), at)) {
        if (out.cuts === 0) out.add(editor.push("server", part));
      }
      expect(out.cuts).toBe(1);
      expect(String(out.of("server"))).toBe(`${first}HTTP/1.1 103 Early\r\n\r\n`);
    }),
  );
});

test("createHttp1Editor buffer-sse lets the head out, gathers the body, and gives out all of it at its end", () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  const editor = editorWith({ kind: "buffer-sse", bytes: 25 });
  const out = collectOutput();
  out.add(editor.push("client", REQUEST));
  out.add(editor.push("server", Buffer.from(`${head}9\r\ndata: 1\n\n\r\n`)));
  expect({ out: String(out.of("server")), held: editor.heldBytes("server") }).toEqual({ out: head, held: 14 });
  out.add(editor.push("server", Buffer.from("9\r\ndata: 2\n\n\r\n")));
  expect(editor.heldBytes("server")).toBe(0);
  out.add(editor.push("server", Buffer.from("9\r\ndata: 3\n\n\r\n")));
  const next = "HTTP/1.1 204 No Content\r\n\r\n";
  out.add(editor.push("server", Buffer.from(`0\r\n\r\n${next}`)));
  const body = ["1", "2", "3"].map((data) => `9\r\ndata: ${data}\n\n\r\n`).join("");
  expect(String(out.of("server"))).toBe(`${head}${body}0\r\n\r\n${next}`);
});

const opcodes = fc.array(fc.constantFrom(1, 2, 9, 10), { maxLength: 12 });
const HANDSHAKE = "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

test("createHttp1Editor swallow-pongs leaves out the pongs of that direction and nothing else, however it is cut", () => {
  fc.assert(
    fc.property(opcodes, fc.nat(400), cuts, (list, length, at) => {
      const striker = strikerOf({ kind: "swallow-pongs" });
      const editor = createHttp1Editor({ connection: 1, maxHeldBytes: 65_536 });
      editor.add(striker);
      editor.push("client", Buffer.from(`GET / HTTP/1.1\r\n${HANDSHAKE}`));
      const out = collectOutput();
      const answer = Buffer.from(`HTTP/1.1 101 Switching Protocols\r\n${HANDSHAKE}`);
      const frames = (from: Side, kept: readonly number[]) =>
        Buffer.concat(
          kept.map((opcode) => writeFrame(from, { opcode, payload: new Uint8Array(opcode < 8 ? length : 9) })),
        );
      const down = Buffer.concat([answer, frames("server", list)]);
      for (const part of cut(down, at)) out.add(editor.push("server", part));
      for (const part of cut(frames("client", list), at)) out.add(editor.push("client", part));
      expect(out.of("server").equals(down)).toBe(true);
      const withoutPongs = list.filter((opcode) => opcode !== 10);
      expect(out.of("client").equals(frames("client", withoutPongs))).toBe(true);
      expect(striker.counts.strikes).toBe(list.length - withoutPongs.length);
    }),
    { numRuns: 200 },
  );
});
