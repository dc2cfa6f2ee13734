import { defineWireErrors } from "../core/wire-error.ts";

const TABLE = {
  bad_start_line: ["RFC 9112 section 2.1", "A message does not begin with a request line or a status line."],
  bad_version: ["RFC 9112 section 2.3", "The version is not 1.0 or 1.1."],
  bad_field: ["RFC 9112 section 5", "A line of the head is not a name, a colon and a value; it is left out."],
  obsolete_fold: ["RFC 9112 section 5.2", "A field goes on in the next line, which is no longer allowed."],
  bare_lf: ["RFC 9112 section 2.2", "A line ends with LF alone instead of CRLF."],
  head_too_large: ["RFC 9110 section 5.4", "A head exceeds maxHeadBytes; the rest of it is skipped."],
  too_many_fields: ["RFC 9110 section 5.4", "A head or trailer section has more fields than maxFields."],
  bad_content_length: ["RFC 9112 section 6.3", "Content-Length is not one number."],
  bad_transfer_encoding: ["RFC 9112 section 6.3", "The last transfer coding of a request is not chunked."],
  length_and_chunked: [
    "RFC 9112 section 6.3",
    "Both Transfer-Encoding and Content-Length are given: Transfer-Encoding counts, and someone may be smuggling.",
  ],
  bad_chunk: ["RFC 9112 section 7.1", "A chunk does not begin with its size, or does not end where its size says."],
  chunk_line_too_long: ["RFC 9112 section 7.1.1", "A chunk's size and extensions exceed maxChunkLineBytes."],
  truncated: ["RFC 9112 section 8", "The connection ends inside a message."],
  unexpected_response: ["RFC 9112 section 9.2", "A response answers no request."],
  too_many_pending: [
    "RFC 9112 section 9.3.2",
    "More than maxPending requests wait for their responses; the responses of those beyond are not matched to them.",
  ],
  held_too_large: [
    "RFC 9110 section 7.8",
    "A client has sent more than maxHeldBytes behind a request that may switch protocols, before the answer.",
  ],
} as const;

/** What can be wrong with a connection. */
export type Http1ErrorCode = keyof typeof TABLE;

/** Makes an error with the code `http1.<code>`. */
export const http1Error = defineWireErrors("http1", TABLE);
