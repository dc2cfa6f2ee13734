import { strictUtf8 } from "../core/bytes.ts";

/** How a call failed, as it stands on the wire. */
export interface ConnectFailure {
  /** One of the 16 codes in lower case; `unknown` where the body names none. */
  readonly code: string;
  readonly message: string;
  readonly details: readonly ConnectFailureDetail[];
}

/** One error detail, still encoded. */
export interface ConnectFailureDetail {
  /** Fully qualified name of the message type. */
  readonly type: string;
  /** Base64 of the message. */
  readonly value: string;
}

/** The parts of an end-of-stream envelope. */
export interface ConnectEndStream {
  readonly failure: ConnectFailure | undefined;
  readonly metadata: Readonly<Record<string, readonly string[]>>;
}

/** Reads the JSON body of a failed unary call; `undefined` when it is not one. */
export function readConnectFailure(body: Uint8Array): ConnectFailure | undefined {
  return toFailure(parseJson(body));
}

/** Reads the JSON of an end-of-stream envelope; `undefined` when it is not one. */
export function readConnectEndStream(payload: Uint8Array): ConnectEndStream | undefined {
  const json = parseJson(payload);
  if (!isObject(json)) return undefined;
  const failure = toFailure(json.error);
  if (json.error !== undefined && failure === undefined) return undefined;
  const metadata = isObject(json.metadata) ? Object.entries(json.metadata) : [];
  return {
    failure,
    metadata: Object.fromEntries(metadata.map(([name, values]) => [name, isStrings(values) ? values : []])),
  };
}

function toFailure(json: unknown): ConnectFailure | undefined {
  if (!isObject(json)) return undefined;
  const { code, message, details } = json;
  const list = Array.isArray(details) ? details.filter(isDetail) : [];
  return {
    code: typeof code === "string" ? code : "unknown",
    message: typeof message === "string" ? message : "",
    details: list.map(({ type, value }) => ({ type, value })),
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(strictUtf8(bytes) ?? "");
  } catch {
    return undefined;
  }
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function isStrings(json: unknown): json is string[] {
  return Array.isArray(json) && json.every((item) => typeof item === "string");
}

function isDetail(json: unknown): json is ConnectFailureDetail {
  return isObject(json) && typeof json.type === "string" && typeof json.value === "string";
}
