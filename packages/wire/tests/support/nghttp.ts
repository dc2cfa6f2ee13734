import { spawn, spawnSync } from "node:child_process";
import { errorCodeName, type Frame, settingName } from "../../src/http2/index.ts";

/** One frame as `nghttp -nv` prints it. */
export interface PrintedFrame {
  readonly direction: "send" | "recv";
  /** Type, length, flags and stream. */
  readonly head: string;
  /** What it says of the payload. */
  readonly details: readonly string[];
  /** Decoded header lines, `name: value`. */
  readonly headers: readonly string[];
}

/** Why the tool can't be used, or `undefined` when it can. */
export function whyNoNghttp(): string | undefined {
  const found = spawnSync("nghttp", ["--version"]).error === undefined;
  return found ? undefined : "nghttp is not installed (Debian: apt-get install nghttp2-client)";
}

/** Runs nghttp, at most ten seconds, and reads what it printed. */
export async function runNghttp(parameters: readonly string[]): Promise<PrintedFrame[]> {
  const child = spawn("nghttp", ["-nv", "--no-verify-peer", "-t", "10", ...parameters]);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk);
  return parse(Buffer.concat(chunks).toString("latin1"));
}

function parse(output: string): PrintedFrame[] {
  const frames: { direction: "send" | "recv"; head: string; details: string[]; headers: string[] }[] = [];
  let received: string[] = [];
  for (const line of output.split("\n")) {
    const text = line.replace(/^\[ *\d+\.\d+\] /, "");
    const [, field] = /^recv \(stream_id=\d+[^)]*\) (.*)$/.exec(text) ?? [];
    const [, direction, head] = /^(send|recv) ([A-Z_]+ frame <.*>)$/.exec(text) ?? [];
    if (field !== undefined) received.push(field);
    else if (head !== undefined) {
      frames.push({ direction: direction as "send" | "recv", head, details: [], headers: received });
      received = [];
    } else if (/^ {10}[([]/.test(line)) frames.at(-1)?.details.push(line.trim());
    else if (/^ {10}[^;]/.test(line)) frames.at(-1)?.headers.push(line.trim());
  }
  return frames;
}

/** Prints one of our frames the way nghttp does. */
export function print(frame: Frame): Pick<PrintedFrame, "head" | "details"> {
  const flags = `0x${frame.flags.toString(16).padStart(2, "0")}`;
  const head = `${frame.type} frame <length=${frame.length}, flags=${flags}, stream_id=${frame.streamId}>`;
  return { head, details: details(frame) };
}

function details(frame: Frame): string[] {
  switch (frame.type) {
    case "DATA":
      return frame.paddingBytes > 0 ? [`(padlen=${frame.paddingBytes})`] : [];
    case "HEADERS": {
      const { dependency } = frame;
      const priority = dependency === undefined ? "" : `, ${printDependency(dependency)}`;
      return [`(padlen=${frame.paddingBytes}${priority})`];
    }
    case "PUSH_PROMISE":
      return [`(padlen=${frame.paddingBytes}, promised_stream_id=${frame.promisedStreamId})`];
    case "PRIORITY":
      return [`(${printDependency(frame.dependency)})`];
    case "RST_STREAM":
      return [`(error_code=${printError(frame.errorCode)})`];
    case "WINDOW_UPDATE":
      return [`(window_size_increment=${frame.increment})`];
    case "PING":
      return [`(opaque_data=${Buffer.from(frame.opaque).toString("hex")})`];
    case "GOAWAY": {
      const debug = Buffer.from(frame.debug).toString("latin1");
      const error = printError(frame.errorCode);
      return [`(last_stream_id=${frame.lastStreamId}, error_code=${error}, opaque_data(${debug.length})=[${debug}])`];
    }
    case "SETTINGS":
      return [
        `(niv=${frame.settings.length})`,
        ...frame.settings.map(({ id, value }) => `[SETTINGS_${settingName(id)}(${byteHex(id)}):${value}]`),
      ];
    default:
      return [];
  }
}

function printDependency({ dependsOn, weight, exclusive }: { dependsOn: number; weight: number; exclusive: boolean }) {
  return `dep_stream_id=${dependsOn}, weight=${weight}, exclusive=${exclusive ? 1 : 0}`;
}

function printError(code: number): string {
  return `${errorCodeName(code)}(${byteHex(code)})`;
}

function byteHex(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}
