import { defineWireErrors } from "../core/wire-error.ts";

const CODING = "RFC 9110 section 8.4";

/** What can be wrong with a body that is one message. */
export const bodyError = defineWireErrors("body", {
  unknown_encoding: [CODING, "The body is compressed in a way that this decoder lacks."],
  bad_compression: [CODING, "The body can't be decompressed."],
  decompressed_too_large: [CODING, "The body exceeds maxMessageBytes once decompressed."],
  too_large: ["the options of the tap", "The body exceeds maxMessageBytes; it is skipped."],
});
