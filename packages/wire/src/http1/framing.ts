import type { Http1ErrorCode } from "./errors.ts";
import type { BodyFraming, Http1Field } from "./events.ts";

/** What follows a head, and what is wrong with how the head says it. */
export interface Framing {
  readonly body: BodyFraming;
  readonly fault: Http1ErrorCode | undefined;
}

const NONE: Framing = { body: { kind: "none" }, fault: undefined };
const unknown = (fault: Http1ErrorCode): Framing => ({ body: { kind: "unknown" }, fault });

/** How a request's body ends (RFC 9112 section 6.3). */
export function requestFraming(fields: readonly Http1Field[]): Framing {
  const codings = listOf(fields, "transfer-encoding");
  if (codings.length > 0 && codings.at(-1) !== "chunked") return unknown("bad_transfer_encoding");
  return declaredFraming(fields, codings, NONE);
}

/** How a response's body ends; `method` is that of its request, as far as known. */
export function responseFraming(status: number, method: string | undefined, fields: readonly Http1Field[]): Framing {
  if (status === 101 || (method === "CONNECT" && status >= 200 && status < 300)) {
    return { body: { kind: "switch" }, fault: undefined };
  }
  if (method === "HEAD" || status < 200 || status === 204 || status === 304) return NONE;
  const codings = listOf(fields, "transfer-encoding");
  const untilClose: Framing = { body: { kind: "until-close" }, fault: undefined };
  if (codings.length > 0 && codings.at(-1) !== "chunked") return untilClose;
  return declaredFraming(fields, codings, untilClose);
}

/** Whether a request asks for another protocol, so that what its client sends next may be either. */
export function mayUpgrade(fields: readonly Http1Field[]): boolean {
  return listOf(fields, "connection").includes("upgrade") && fields.some(({ name }) => name === "upgrade");
}

function declaredFraming(fields: readonly Http1Field[], codings: readonly string[], otherwise: Framing): Framing {
  const lengths = new Set(listOf(fields, "content-length"));
  if (codings.length > 0) {
    return { body: { kind: "chunked" }, fault: lengths.size > 0 ? "length_and_chunked" : undefined };
  }
  if (lengths.size === 0) return fields.some(({ name }) => name === "content-length") ? BAD_LENGTH : otherwise;
  const [length = ""] = lengths;
  const bytes = /^\d{1,16}$/.test(length) ? Number(length) : Number.POSITIVE_INFINITY;
  // The same number twice is one number.
  if (lengths.size > 1 || !Number.isSafeInteger(bytes)) return BAD_LENGTH;
  return bytes === 0 ? NONE : { body: { kind: "length", bytes }, fault: undefined };
}

const BAD_LENGTH = unknown("bad_content_length");

/** The members of a field that is a list, over all its lines, in lower case. */
function listOf(fields: readonly Http1Field[], name: string): string[] {
  return fields
    .filter((field) => field.name === name)
    .flatMap(({ value }) => value.split(","))
    .map((member) => member.trim().toLowerCase())
    .filter((member) => member !== "");
}
