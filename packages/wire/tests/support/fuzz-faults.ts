import type { Side } from "../../src/core/side.ts";
import type { Editor, EditorOptions } from "../../src/faults/editor.ts";
import { createHttp1Editor } from "../../src/faults/http1/editor.ts";
import { createHttp2Editor } from "../../src/faults/http2/editor.ts";
import type { Fault } from "../../src/faults/index.ts";
import { strikerOf } from "./faults.ts";
import type { FuzzTarget } from "./fuzz-target.ts";

const ON_HTTP2: readonly Fault[] = [
  { kind: "stall-stream", times: 4 },
  { kind: "withhold-window-update" },
  { kind: "rst-stream", path: "orders", times: 3 },
  { kind: "drop-message", times: 3 },
  { kind: "corrupt-message", direction: "up", times: 3 },
  { kind: "goaway" },
];
const ON_HTTP1: readonly Fault[] = [
  { kind: "cut-reply", path: "no such" },
  { kind: "buffer-sse" },
  { kind: "swallow-pongs" },
];

/** Editors whose faults strike, on the bytes of both sides in turn; at the end they are lifted. */
export function faultFuzzTargets(corpora: {
  readonly http1: readonly Uint8Array[];
  readonly http2: readonly Uint8Array[];
}): FuzzTarget[] {
  return [
    { name: "faults, HTTP/2", corpus: corpora.http2, create: () => edited(createHttp2Editor, ON_HTTP2) },
    { name: "faults, HTTP/1.1", corpus: corpora.http1, create: () => edited(createHttp1Editor, ON_HTTP1) },
  ];
}

function edited(create: (options: EditorOptions) => Editor, faults: readonly Fault[]): (chunk: Uint8Array) => void {
  const editor = create({ connection: 1, maxHeldBytes: 65_536 });
  const strikers = faults.map((fault) => strikerOf(fault));
  let turn = 0;
  return (chunk) => {
    const from: Side = turn % 2 === 0 ? "client" : "server";
    if (turn % 3 === 0) for (const striker of strikers) editor.add(striker);
    // Editors may keep what they are given; see `Interposer`.
    editor.push(from, chunk.slice());
    if (turn % 3 === 2) for (const striker of strikers) editor.remove(striker);
    turn += 1;
  };
}
