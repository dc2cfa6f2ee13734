import { describe, expect, test } from "vitest";
import {
  createHttp2Connection,
  type Frame,
  type HeadersEvent,
  type Http2Event,
  type Side,
} from "../src/http2/index.ts";
import { startHttp2Server } from "./support/http2-server.ts";
import { type PrintedFrame, print, runNghttp, whyNoNghttp } from "./support/nghttp.ts";
import { type Recorded, startRecorder } from "./support/recorder.ts";

const missing = whyNoNghttp();
// In CI a missing tool is a failure: the first run says so.
const skip = missing !== undefined && process.env.CI === undefined;
if (skip) process.stderr.write(`skipped: ${missing}\n`);

const LONG = `x-long: ${"ab".repeat(9000)}`;

describe.skipIf(skip)("createHttp2Connection, beside nghttp on the same connection", () => {
  test.each([
    ["one request", ["/a"], []],
    ["several, with a push, a reset and window updates", ["/a", "/early", "/push", "/large", "/reset"], []],
    ["padded frames", ["/a", "/large"], ["--padding=100"]],
    ["a body and trailers", ["/a", "/b"], ["--data=package.json", "--trailer=x-sum: 1"]],
    ["headers in CONTINUATIONs", ["/a", "/b"], ["--continuation", "-H", LONG]],
    ["small windows", ["/large"], ["--window-bits=12", "--connection-window-bits=17"]],
    ["a table that shrinks and grows", ["/a", "/b", "/c"], ["-c", "100", "-c", "4096"]],
    ["a server without a table", ["/a", "/b", "/c"], ["-c", "0"]],
    ["a client without a table", ["/a", "/b"], ["--encoder-header-table-size=0", "--no-dep"]],
    ["many requests", ["/a", "/b", "/c"], ["--multiply=30"]],
    ["a GOAWAY with data", ["/last"], []],
  ])("the same frames and headers + %s", async (_, paths, parameters) => {
    expect(missing).toBeUndefined();
    await using server = await startHttp2Server();
    await using recorder = await startRecorder(server.port);
    const urls = paths.map((path) => `http://127.0.0.1:${recorder.port}${path}`);
    const printed = await runNghttp([...parameters, ...urls]);
    await recorder.clientsEnded();
    const events = decode(recorder.connections[0] ?? []);

    expect(events.filter(({ type }) => type === "error")).toEqual([]);
    expect(printed.length).toBeGreaterThan(6);
    for (const [side, direction] of [
      ["client", "send"],
      ["server", "recv"],
    ] as const) {
      const theirs = printed.filter((frame) => frame.direction === direction);
      const ours = asPrinted(events, side);
      expect(ours.slice(0, theirs.length)).toEqual(
        theirs.map(({ head, details, headers }) => ({ head, details, headers })),
      );
      // nghttp stops reading when it has sent GOAWAY; the server's own is then all that it has not seen.
      expect(ours.slice(theirs.length).every(({ head }) => head.startsWith("GOAWAY"))).toBe(true);
    }
  });
});

function decode(recorded: readonly Recorded[]): Http2Event[] {
  const connection = createHttp2Connection();
  return recorded.flatMap(({ from, bytes }) => [...connection.push(from, bytes)]);
}

/** Our frames as nghttp would print them, the decoded headers with the first frame of their block. */
function asPrinted(events: readonly Http2Event[], side: Side): Omit<PrintedFrame, "direction">[] {
  const frames: { head: string; details: readonly string[]; headers: string[] }[] = [];
  let first = {} as Frame;
  for (const event of events) {
    if (event.from !== side) continue;
    if (event.type === "headers") frames.at(-1)?.headers.push(...lines(event));
    else if (event.type === "frame" && event.frame.type === "CONTINUATION") {
      // nghttp counts a block's CONTINUATIONs as part of its first frame.
      const { length, flags } = event.frame;
      first = { ...first, length: first.length + length, flags: first.flags | flags };
      frames.splice(-1, 1, { ...print(first), headers: [] });
    } else if (event.type === "frame" && event.frame.type !== "PREFACE") {
      first = event.frame;
      frames.push({ ...print(first), headers: [] });
    }
  }
  return frames;
}

function lines(event: HeadersEvent): string[] {
  expect(event.block?.complete).toBe(true);
  return event.block?.fields.map(({ name, value }) => `${name}: ${value}`) ?? [];
}
