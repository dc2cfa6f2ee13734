import { latin1 } from "../core/bytes.ts";
import type { Side } from "../core/side.ts";
import type { Http1ErrorCode } from "./errors.ts";
import type { Http1Field } from "./events.ts";

const CR = 0x0d;
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const REQUEST_LINE = new RegExp(`^(${TOKEN}) ([^ \\x00-\\x1f\\x7f]+) HTTP/(\\d\\.\\d)$`);
const STATUS_LINE = /^HTTP\/(\d\.\d) ([1-9]\d\d)(?: ([^\0\r]*))?$/;
const FIELD_LINE = new RegExp(`^(${TOKEN}):([^\\x00\\r]*)$`);
/** Registered methods: a decoder that looks for a message takes no other word for one. */
const COMMON_METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);

/** The first line of a message. */
export type StartLine =
  | { readonly kind: "request"; readonly method: string; readonly target: string; readonly version: string }
  | { readonly kind: "response"; readonly status: number; readonly reason: string; readonly version: string };

/** A line as text, without its CR. */
export function lineText(line: Uint8Array): string {
  return latin1(line, 0, endsWithCr(line) ? line.length - 1 : line.length);
}

/** Whether a line that ended with LF ended with CRLF. */
export function endsWithCr(line: Uint8Array): boolean {
  return line[line.length - 1] === CR;
}

/** Reads a request line or a status line (RFC 9112 sections 3 and 4); `undefined` when the text is not one. */
export function parseStartLine(from: Side, text: string): StartLine | undefined {
  if (from === "client") {
    const [, method, target, version] = REQUEST_LINE.exec(text) ?? [];
    if (method === undefined || target === undefined || version === undefined) return undefined;
    return { kind: "request", method, target, version };
  }
  const [, version, status, reason = ""] = STATUS_LINE.exec(text) ?? [];
  return version === undefined ? undefined : { kind: "response", status: Number(status), reason, version };
}

/** Whether a line found in the midst of unknown bytes is likely to begin a message. */
export function isLikelyStart(from: Side, text: string): boolean {
  const line = parseStartLine(from, text);
  if (line === undefined || !line.version.startsWith("1.")) return false;
  return line.kind === "response" || COMMON_METHODS.has(line.method);
}

/** Whether a line may stand behind a start line: a field, or the end of the head. */
export function isLikelyField(text: string): boolean {
  return text === "" || FIELD_LINE.test(text);
}

/** Collects the fields of one head or trailer section. */
export class FieldLines {
  readonly fields: Http1Field[] = [];
  readonly #maxFields: number;
  #told = false;

  constructor(maxFields: number) {
    this.#maxFields = maxFields;
  }

  /** Takes one line; returns what is wrong with it. */
  add(text: string): Http1ErrorCode | undefined {
    if (text.startsWith(" ") || text.startsWith("\t")) return this.#fold(text);
    const [, rawName, value = ""] = FIELD_LINE.exec(text) ?? [];
    if (rawName === undefined) return "bad_field";
    if (this.fields.length < this.#maxFields) {
      this.fields.push({ name: rawName.toLowerCase(), rawName, value: trim(value) });
      return undefined;
    }
    if (this.#told) return undefined;
    this.#told = true;
    return "too_many_fields";
  }

  /** The line belongs to the value before it (RFC 9112 section 5.2). */
  #fold(text: string): Http1ErrorCode {
    const last = this.fields.pop();
    if (last === undefined) return "bad_field";
    this.fields.push({ ...last, value: `${last.value} ${trim(text)}` });
    return "obsolete_fold";
  }
}

/** Optional white space is blanks and tabs only (RFC 9110 section 5.6.3); `trim()` takes more. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
