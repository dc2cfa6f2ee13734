import type { TapProtocol } from "../tap/sniff.ts";
import type { Editor, EditorOptions } from "./editor.ts";
import { createHttp1Editor } from "./http1/editor.ts";
import { createHttp2Editor } from "./http2/editor.ts";

/** The editor of a protocol; `undefined`: only faults of bytes work on it. */
export function createEditor(protocol: TapProtocol, options: EditorOptions): Editor | undefined {
  switch (protocol) {
    case "http1":
      return createHttp1Editor(options);
    case "http2":
      return createHttp2Editor(options);
    case "nats":
    case "opaque":
    case "postgres":
      return undefined;
  }
}
