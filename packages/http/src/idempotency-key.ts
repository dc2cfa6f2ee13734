import { badRequest } from "@polywire/rpc";

/** The request header that names the effect meant, so that a repeat has it once. */
export const IDEMPOTENCY_KEY_HEADER = "Idempotency-Key";

/**
 * The key of an `Idempotency-Key` header, empty without one. Both spellings in use are taken: the structured string of
 * the IETF draft (draft-ietf-httpapi-idempotency-key-header, `"8e03978e"`) and the bare value (`8e03978e`).
 *
 * @throws INVALID_ARGUMENT unless it is 1 to 255 visible ASCII characters without quotes, backslashes and commas.
 */
export function parseIdempotencyKey(header: string | undefined): string {
  if (header === undefined) {
    return "";
  }
  const match = KEY.exec(header.trim())?.groups;
  if (match === undefined) {
    throw badRequest([
      {
        field: IDEMPOTENCY_KEY_HEADER,
        rule: "header.idempotency_key",
        description: "give 1 to 255 visible ASCII characters without quotes, backslashes and commas, once",
      },
    ]);
  }
  return match.quoted ?? match.bare ?? "";
}

const KEY = /^(?:"(?<quoted>[!#-+\--[\]-~]{1,255})"|(?<bare>[!#-+\--[\]-~]{1,255}))$/;
