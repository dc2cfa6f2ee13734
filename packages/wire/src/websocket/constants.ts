/** Opcodes (RFC 6455 section 5.2). */
export const OPCODE = { CONTINUATION: 0x0, TEXT: 0x1, BINARY: 0x2, CLOSE: 0x8, PING: 0x9, PONG: 0xa } as const;

/** Names of opcodes; `reserved` is each that no specification defines. */
export type OpcodeName = "continuation" | "text" | "binary" | "close" | "ping" | "pong" | "reserved";

const OPCODE_NAMES: ReadonlyMap<number, OpcodeName> = new Map<number, OpcodeName>([
  [OPCODE.CONTINUATION, "continuation"],
  [OPCODE.TEXT, "text"],
  [OPCODE.BINARY, "binary"],
  [OPCODE.CLOSE, "close"],
  [OPCODE.PING, "ping"],
  [OPCODE.PONG, "pong"],
]);

/** The name of an opcode. */
export function opcodeName(opcode: number): OpcodeName {
  return OPCODE_NAMES.get(opcode) ?? "reserved";
}

/** Whether the opcode is a control frame's, also an undefined one (RFC 6455 section 5.5). */
export function isControl(opcode: number): boolean {
  return opcode >= OPCODE.CLOSE;
}

/** Payload bytes that a control frame may have (RFC 6455 section 5.5). */
export const MAX_CONTROL_BYTES = 125;

/** Registered close codes and their names (RFC 6455 section 7.4.1 and the registry of close codes). */
export const CLOSE_CODE_NAMES: ReadonlyMap<number, string> = new Map([
  [1000, "normal closure"],
  [1001, "going away"],
  [1002, "protocol error"],
  [1003, "unsupported data"],
  [1007, "invalid payload data"],
  [1008, "policy violation"],
  [1009, "message too big"],
  [1010, "extension missing"],
  [1011, "internal error"],
  [1012, "service restart"],
  [1013, "try again later"],
  [1014, "bad gateway"],
]);

/** Whether a Close frame may carry the code: a registered one, or one for libraries (3000 on) and applications (4000 on). */
export function isCloseCode(code: number): boolean {
  return CLOSE_CODE_NAMES.has(code) || (code >= 3000 && code <= 4999);
}
