import type { Side } from "../core/side.ts";
import type { NatsErrorCode } from "./errors.ts";

/** Arguments of an operation that a payload follows. */
export interface ContentLine {
  readonly type: "HMSG" | "HPUB" | "MSG" | "PUB";
  readonly subject: string;
  readonly sid: string;
  readonly replyTo: string | undefined;
  readonly headerBytes: number;
  /** Bytes of headers and payload. */
  readonly totalBytes: number;
}

/** A line of the protocol, without what follows it. */
export type NatsLine =
  | ContentLine
  | { readonly type: "CONNECT" | "INFO"; readonly json: string }
  | { readonly type: "SUB"; readonly subject: string; readonly queue: string | undefined; readonly sid: string }
  | { readonly type: "UNSUB"; readonly sid: string; readonly maxMessages: number | undefined }
  | { readonly type: "+OK" | "PING" | "PONG" }
  | { readonly type: "-ERR"; readonly message: string };

const OPERATIONS: Readonly<Record<Side, ReadonlySet<string>>> = {
  client: new Set(["CONNECT", "PUB", "HPUB", "SUB", "UNSUB", "PING", "PONG"]),
  server: new Set(["INFO", "MSG", "HMSG", "PING", "PONG", "+OK", "-ERR"]),
};

/** Reads a line without its end. Operations are not case-sensitive; blanks and tabs stand between arguments. */
export function parseNatsLine(from: Side, text: string): NatsLine | NatsErrorCode {
  const [, verb = "", rest = ""] = /^([^ \t]*)[ \t]*(.*)$/s.exec(text) ?? [];
  const type = verb.toUpperCase();
  if (!OPERATIONS[from].has(type)) return "unknown_operation";
  const list = rest.split(/[ \t]+/).filter((argument) => argument !== "");
  return parseArguments(type, rest, list) ?? "bad_arguments";
}

/** Whether a payload follows the line. */
export function hasContent(line: NatsLine): line is ContentLine {
  return "totalBytes" in line;
}

function parseArguments(type: string, rest: string, list: readonly string[]): NatsLine | undefined {
  switch (type) {
    case "INFO":
    case "CONNECT":
      return { type, json: rest };
    case "-ERR":
      return { type, message: rest.trim().replace(/^'(.*)'$/, "$1") };
    case "PING":
    case "PONG":
    case "+OK":
      return list.length === 0 ? { type } : undefined;
    case "SUB":
      return parseSub(list);
    case "UNSUB":
      return parseUnsub(list);
    default:
      return parseContent(type as ContentLine["type"], list);
  }
}

/** `SUB subject [queue] sid`. */
function parseSub(list: readonly string[]): NatsLine | undefined {
  const [subject, second, third] = list;
  if (subject === undefined || second === undefined || list.length > 3) return undefined;
  return { type: "SUB", subject, queue: third === undefined ? undefined : second, sid: third ?? second };
}

/** `UNSUB sid [max]`. */
function parseUnsub([sid, max, ...more]: readonly string[]): NatsLine | undefined {
  const maxMessages = max === undefined ? undefined : numberOf(max);
  if (sid === undefined || more.length > 0 || (max !== undefined && maxMessages === undefined)) return undefined;
  return { type: "UNSUB", sid, maxMessages };
}

/** `PUB subject [reply] size`, `MSG subject sid [reply] size`; with headers their size stands in front of the whole. */
function parseContent(type: ContentLine["type"], list: readonly string[]): NatsLine | undefined {
  const hasHeaders = type.startsWith("H");
  const names = list.slice(0, hasHeaders ? -2 : -1);
  const sizes = list.slice(names.length).map(numberOf);
  const totalBytes = sizes.at(-1);
  const headerBytes = hasHeaders ? sizes[0] : 0;
  if (totalBytes === undefined || headerBytes === undefined || headerBytes > totalBytes) return undefined;
  if (hasHeaders && sizes.length < 2) return undefined;
  const required = type.endsWith("MSG") ? 2 : 1;
  const [subject = "", second = ""] = names;
  if (names.length < required || names.length > required + 1) return undefined;
  const sid = required === 2 ? second : "";
  return { type, subject, sid, replyTo: names[required], headerBytes, totalBytes };
}

/** Sizes have at most nine digits, as in the server's own parser. */
function numberOf(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
