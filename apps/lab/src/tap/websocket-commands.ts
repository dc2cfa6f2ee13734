import type { CallRecord } from "./call-record.ts";
import type { HopEvent } from "./hop-event.ts";

/** What our frames say of the command that they ask for or answer (docs/PROTOCOL.md). */
interface Frame {
  readonly requestId?: number;
  readonly command?: { readonly timeout?: string } & Readonly<Record<string, unknown>>;
  readonly commandReply?: object;
  readonly error?: { readonly code?: string; readonly requestId?: string };
}

/** The commands on our WebSockets as calls of their own: each from its frame to the frame that answers it. */
export function readCommands(events: Iterable<HopEvent>): CallRecord[] {
  const commands = new Map<string, CallRecord>();
  for (const { hop, connection, atMs, ...seen } of events) {
    if (seen.layer !== "call" || seen.event.type !== "message" || !isOurs(seen.event.typeName)) continue;
    const { event } = seen;
    const { requestId = 0, command, commandReply, error } = parse(event.text ?? "");
    const key = `${hop} ${connection} ${requestId}`;
    const asked = commands.get(key);
    if (event.from === "client" && command !== undefined) {
      const name = Object.keys(command).find((field) => field !== "timeout") ?? "command";
      commands.set(key, {
        hop,
        connection,
        call: requestId,
        style: "websocket",
        method: "command",
        path: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
        requestId: null,
        timeoutMs: durationMs(command.timeout),
        startedAtMs: atMs,
        answeredAtMs: null,
        endedAtMs: null,
        code: null,
        cancelledBy: null,
        messages: [event],
      });
    } else if (asked !== undefined && (commandReply !== undefined || error !== undefined)) {
      commands.set(key, {
        ...asked,
        requestId: error?.requestId ?? null,
        answeredAtMs: atMs,
        endedAtMs: atMs,
        code: error === undefined ? "OK" : (error.code ?? "UNKNOWN"),
        messages: [...asked.messages, event],
      });
    }
  }
  return [...commands.values()];
}

function isOurs(typeName: string | null): boolean {
  return typeName?.startsWith("polywire.realtime.v1.") ?? false;
}

function parse(text: string): Frame {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** ProtoJSON writes a duration as seconds with a fraction and an `s`. */
function durationMs(text: string | undefined): number | null {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(text ?? "")?.[1];
  return seconds === undefined ? null : Math.round(Number(seconds) * 1e6) / 1e3;
}
