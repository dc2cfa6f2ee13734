/** What a client sends first (RFC 9113 section 3.4), one byte a character. */
export const CLIENT_PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** Bytes in front of every frame's payload (RFC 9113 section 4.1). */
export const FRAME_HEADER_BYTES = 9;
/** Largest payload a frame may have before the peer allows more (RFC 9113 section 4.2). */
export const DEFAULT_MAX_FRAME_BYTES = 16_384;
/** Largest payload that a frame header can state. */
export const LARGEST_FRAME_BYTES = 2 ** 24 - 1;
/** Flow-control window of a connection and of a stream at the start (RFC 9113 section 6.9.2). */
export const DEFAULT_WINDOW_BYTES = 65_535;
/** A window may not grow beyond this (RFC 9113 section 6.9.1); stream identifiers end here too. */
export const MAX_31_BITS = 2 ** 31 - 1;

/** Frame types: RFC 9113 section 6 and, for PRIORITY_UPDATE, RFC 9218 section 7.1. */
export const FRAME_TYPE = {
  DATA: 0x0,
  HEADERS: 0x1,
  PRIORITY: 0x2,
  RST_STREAM: 0x3,
  SETTINGS: 0x4,
  PUSH_PROMISE: 0x5,
  PING: 0x6,
  GOAWAY: 0x7,
  WINDOW_UPDATE: 0x8,
  CONTINUATION: 0x9,
  PRIORITY_UPDATE: 0x10,
} as const;

/** Flags; their meaning depends on the type, but no two types disagree on a bit (RFC 9113 section 6). */
export const FLAG = {
  END_STREAM: 0x1,
  /** On SETTINGS and PING, the bit of END_STREAM. */
  ACK: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const;

/** Settings: RFC 9113 section 6.5.2, RFC 8441 section 3, RFC 9218 section 2.1. */
export const SETTING = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
  ENABLE_CONNECT_PROTOCOL: 0x8,
  NO_RFC7540_PRIORITIES: 0x9,
} as const;

/** Error codes (RFC 9113 section 7), by number. */
export const ERROR_CODES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
] as const;

const SETTING_NAMES: ReadonlyMap<number, string> = new Map(Object.entries(SETTING).map(([name, id]) => [id, name]));

/** The name of an error code; an unknown one is shown in hexadecimal. */
export function errorCodeName(code: number): string {
  return ERROR_CODES[code] ?? `0x${code.toString(16)}`;
}

/** The name of a setting; an unknown one is shown in hexadecimal. */
export function settingName(id: number): string {
  return SETTING_NAMES.get(id) ?? `0x${id.toString(16)}`;
}
