import type { Code } from "@connectrpc/connect";
import { codeName } from "@polywire/rpc";

/** `NOT_FOUND`; 0 is `OK`. */
export function nameOf(code: number): string {
  return code === 0 ? "OK" : codeName(code as Code);
}

/** `INTERNAL (13)` */
export function tellCode(code: number): string {
  return `${nameOf(code)} (${code})`;
}
