import { Code } from "@connectrpc/connect";

/** The 17 codes of gRPC: 0, OK, is the one that is no error. */
export const ALL_CODES: readonly number[] = Array.from({ length: 17 }, (_, code) => code);

const ID_START = "00000000-0000-4000-8000-0000000000";

/** The order that a fault service answers with this code. */
export function orderOf(code: number): string {
  return `${ID_START}${String(code).padStart(2, "0")}`;
}

/** The code that an order stands for; undefined when it stands for none. */
export function codeOf(orderId: string): number | undefined {
  const code = orderId.startsWith(ID_START) ? Number(orderId.slice(ID_START.length)) : Number.NaN;
  return ALL_CODES.includes(code) ? code : undefined;
}

/** The code in which a call ended. */
export function codeOfError(error: unknown): number {
  const { code = Code.Unknown } = error as { readonly code?: number };
  return code;
}
