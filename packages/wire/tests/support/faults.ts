import type { Side } from "../../src/core/side.ts";
import { Striker } from "../../src/faults/active-fault.ts";
import type { Editor, Output } from "../../src/faults/editor.ts";
import type { Fault } from "../../src/faults/fault.ts";
import { createFrameEncoder, type FrameEncoder } from "../../src/http2/index.ts";

/** A fault that nobody set on a proxy. */
export function strikerOf(fault: Fault, random: () => number = () => 0.5): Striker {
  return new Striker({ id: 1, fault, random, maxEvents: 10, lift: () => undefined });
}

/** What an editor lets out in the name of each side. */
export function collectOutput() {
  const out: Record<Side, Uint8Array[]> = { client: [], server: [] };
  let cuts = 0;
  return {
    add(outputs: readonly Output[]): void {
      for (const output of outputs) {
        if ("bytes" in output) out[output.from].push(output.bytes);
        else cuts++;
      }
    },
    of: (side: Side): Buffer => Buffer.concat(out[side]),
    get cuts() {
      return cuts;
    },
  };
}

/** What comes out when both sides' parts go in by turns. */
export function runByTurns(editor: Editor, parts: Readonly<Record<Side, readonly Uint8Array[]>>) {
  const out = collectOutput();
  const sides: Side[] = ["client", "server"];
  for (let turn = 0; turn < Math.max(parts.client.length, parts.server.length); turn++) {
    for (const from of sides) out.add(editor.push(from, parts[from][turn] ?? new Uint8Array()));
  }
  for (const from of sides) out.add(editor.end(from));
  return out;
}

/** What is written, up to 16 KiB. */
export function writeFrames(write: (frames: FrameEncoder) => void): Uint8Array {
  const target = new Uint8Array(16_384);
  const frames = createFrameEncoder(target);
  write(frames);
  return target.slice(0, frames.length);
}
