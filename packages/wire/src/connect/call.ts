import { fromBase64 } from "../core/base64.ts";
import { toUtf8 } from "../core/bytes.ts";
import { type HeaderList, headerValue } from "../core/header-list.ts";

/** What the head of a request says of a Connect call. */
export interface ConnectCall {
  /** `get`: a unary call without side effects, its message in the address. */
  readonly kind: "unary" | "get" | "stream";
  /** `/package.Service/Method`. */
  readonly path: string;
  /** `proto`, `json` or the name of another codec. */
  readonly codec: string;
  /** How the body, or each compressed message of a stream, is compressed. */
  readonly encoding: string;
  /** What is left of the caller's deadline, in milliseconds; `undefined`: none was sent. */
  readonly timeoutMs: number | undefined;
  /** The message of a `get`, still compressed; `undefined`: none, or it is in the body. */
  readonly message: Uint8Array | undefined;
}

/** The head of a request, from HTTP/1.1 or HTTP/2. */
export interface RequestHead {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** Names in lower case. */
  readonly fields: HeaderList;
}

/** Reads the head of a request; `undefined` when it is no call of the Connect protocol. */
export function readConnectCall({ method, path, fields }: RequestHead): ConnectCall | undefined {
  const timeoutMs = parseConnectTimeoutMs(headerValue(fields, "connect-timeout-ms") ?? "");
  if (method === "GET") return readGet(path, timeoutMs);
  const type = /^application\/(connect\+)?([\w.-]+)\s*(?:;.*)?$/i.exec(headerValue(fields, "content-type") ?? "");
  const codec = type?.[2]?.toLowerCase();
  if (method !== "POST" || codec === undefined) return undefined;
  if (type?.[1] !== undefined) {
    const encoding = headerValue(fields, "connect-content-encoding") ?? "identity";
    return { kind: "stream", path, codec, encoding, timeoutMs, message: undefined };
  }
  // JSON is also what others post: only the version header tells them apart. Clients must send it, servers may insist.
  const isUnary = codec === "proto" || headerValue(fields, "connect-protocol-version") === "1";
  const encoding = headerValue(fields, "content-encoding") ?? "identity";
  return isUnary ? { kind: "unary", path, codec, encoding, timeoutMs, message: undefined } : undefined;
}

/** Reads `connect-timeout-ms`: at most ten digits; `undefined` when the text is not a timeout. */
export function parseConnectTimeoutMs(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

function readGet(address: string, timeoutMs: number | undefined): ConnectCall | undefined {
  const [path = ""] = address.split("?", 1);
  const parameters = new URLSearchParams(address.slice(path.length));
  const codec = parameters.get("encoding");
  const text = parameters.get("message");
  if (codec === null || text === null || (parameters.get("connect") ?? "v1") !== "v1") return undefined;
  const message =
    parameters.get("base64") === "1" ? fromBase64(text.replace(/-/g, "+").replace(/_/g, "/")) : toUtf8(text);
  return { kind: "get", path, codec, encoding: parameters.get("compression") ?? "identity", timeoutMs, message };
}
