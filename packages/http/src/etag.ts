import { badRequest, rpcError } from "@polywire/rpc";

/** The strong entity tag of a resource's version (RFC 9110 §8.8.3): version 3 is `"3"`. */
export function formatEtag(version: bigint): string {
  return `"${version}"`;
}

/**
 * The version an `If-Match` header asks for (RFC 9110 §13.1.1): `undefined` without the header, 0 (any) for `*`, else the
 * version of its one strong tag.
 *
 * @throws ABORTED VERSION_MISMATCH for a tag that is weak or not one of ours: it can match no version (strong comparison).
 * @throws INVALID_ARGUMENT for a malformed header, or one with several tags: an update can expect only one version.
 */
export function parseIfMatch(header: string | undefined): bigint | undefined {
  if (header === undefined) {
    return undefined;
  }
  if (header.trim() === "*") {
    return 0n;
  }
  const tag = ENTITY_TAG.exec(header.trim())?.groups;
  if (tag === undefined) {
    throw badRequest([
      { field: "If-Match", rule: "header.if_match", description: 'give * or one entity tag, for example "3"' },
    ]);
  }
  const version = tag.weak === undefined && VERSION.test(tag.opaque ?? "") ? BigInt(tag.opaque ?? "") : undefined;
  if (version === undefined || version > MAX_VERSION) {
    throw rpcError("VERSION_MISMATCH", "the entity tag in If-Match is not the current one; read the order again");
  }
  return version;
}

/**
 * Whether an `If-None-Match` header names the entity tag, so that a read is answered 304 (RFC 9110 §13.1.2, weak
 * comparison). A malformed header matches nothing: the reader gets the whole answer.
 */
export function matchesIfNoneMatch(header: string | undefined, etag: string): boolean {
  if (header === undefined) {
    return false;
  }
  return header.split(",").some((entry) => {
    const tag = entry.trim();
    return tag === "*" || tag === etag || tag === `W/${etag}`;
  });
}

// RFC 9110 §8.8.3: entity-tag = [ %s"W/" ] DQUOTE *etagc DQUOTE
const ENTITY_TAG = /^(?<weak>W\/)?"(?<opaque>[\x21\x23-\x7e\x80-\xff]*)"$/;
const VERSION = /^[1-9]\d{0,18}$/;
const MAX_VERSION = 2n ** 63n - 1n;
