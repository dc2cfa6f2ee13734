import { defineWireErrors } from "../core/wire-error.ts";

const PARSING = "WHATWG HTML section 9.2.5, Parsing an event stream";
const INTERPRETING = "WHATWG HTML section 9.2.6, Interpreting an event stream";

const TABLE = {
  bad_utf8: [PARSING, "A line is not UTF-8; what is not becomes U+FFFD."],
  line_too_long: [PARSING, "A line exceeds maxLineBytes; it is skipped."],
  event_too_large: [INTERPRETING, "The lines of an event exceed maxEventBytes; the event is shown without its data."],
  bad_retry: [INTERPRETING, "A retry field has something else than digits; it is ignored."],
  bad_id: [INTERPRETING, "An id field has a NUL; it is ignored."],
  unfinished_event: [INTERPRETING, "The stream ends inside an event, which is never dispatched."],
} as const;

/** What can be wrong with a stream of events. */
export type SseErrorCode = keyof typeof TABLE;

/** Makes an error with the code `sse.<code>`. */
export const sseError = defineWireErrors("sse", TABLE);
