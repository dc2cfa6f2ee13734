import { badRequest } from "@polywire/rpc";

/** The request header in which a REST client says how long it will wait, in whole milliseconds. */
export const REQUEST_TIMEOUT_HEADER = "Request-Timeout-Ms";

/**
 * How long a request may take: what the client asks for, at most `capMs`; the cap when the client does not say.
 *
 * @throws INVALID_ARGUMENT when the header is not a positive whole number of at most nine digits, or is there twice.
 */
export function parseRequestTimeout(header: string | undefined, capMs: number): number {
  if (header === undefined) {
    return capMs;
  }
  if (!/^[1-9]\d{0,8}$/.test(header)) {
    throw badRequest([
      {
        field: REQUEST_TIMEOUT_HEADER,
        rule: "header.request_timeout",
        description: "give whole milliseconds from 1 to 999999999, once",
      },
    ]);
  }
  return Math.min(Number(header), capMs);
}
