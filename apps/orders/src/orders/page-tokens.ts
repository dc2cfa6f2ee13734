import { createHmac, timingSafeEqual } from "node:crypto";
import { rpcError } from "@polywire/rpc";

/** Makes and opens page tokens. A token is of use only to the query that gave it out. */
export interface PageTokens {
  /** Seals a position. `query` says whose and which query it is, filter included. */
  seal(query: readonly unknown[], position: readonly (bigint | string)[]): string;
  /** The sealed position's parts as text. @throws PAGE_TOKEN_INVALID for anything that this query did not give out */
  open(query: readonly unknown[], token: string): [string, string];
}

const MAC_BYTES = 16;

/** Page tokens signed with a key that all instances share. */
export function createPageTokens(key: Uint8Array): PageTokens {
  const sign = (query: readonly unknown[], position: Buffer): Buffer => {
    const text = JSON.stringify(query, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
    const mac = createHmac("sha256", key)
      .update(`${Buffer.byteLength(text)}:${text}`)
      .update(position);
    return mac.digest().subarray(0, MAC_BYTES);
  };
  return {
    seal(query, position) {
      const bytes = Buffer.from(position.join(" "));
      return Buffer.concat([sign(query, bytes), bytes]).toString("base64url");
    },
    open(query, token) {
      const bytes = Buffer.from(token, "base64url");
      const position = bytes.subarray(MAC_BYTES);
      const genuine = bytes.length > MAC_BYTES && timingSafeEqual(sign(query, position), bytes.subarray(0, MAC_BYTES));
      if (!genuine) {
        throw rpcError("PAGE_TOKEN_INVALID", "page_token is not one that this query gave out; start at the first page");
      }
      const [first = "", second = ""] = position.toString().split(" ");
      return [first, second];
    },
  };
}
