import { defineWireErrors } from "../core/wire-error.ts";

const PROTOCOL = "NATS client protocol (docs.nats.io/reference/reference-protocols/nats-protocol)";
const HEADERS = "NATS headers, ADR-4 (nats-io/nats-architecture-and-design)";

const TABLE = {
  unknown_operation: [PROTOCOL, "A line begins with no operation that this side can send."],
  bad_arguments: [PROTOCOL, "An operation has arguments that it can't have."],
  bad_json: [PROTOCOL, "The options of INFO or CONNECT are not a JSON object."],
  line_too_long: [PROTOCOL, "A line exceeds maxLineBytes."],
  bad_payload_end: [PROTOCOL, "A payload does not end where its size says."],
  payload_too_large: [PROTOCOL, "A payload exceeds maxPayloadBytes; it is skipped."],
  bad_line_end: [PROTOCOL, "A line ends with LF alone instead of CRLF."],
  bad_headers: [HEADERS, "Message headers do not begin with NATS/1.0, or a line of them is not a name and a value."],
  truncated: [PROTOCOL, "The connection ends inside an operation."],
} as const;

/** What can be wrong with a connection. */
export type NatsErrorCode = keyof typeof TABLE;

/** Makes an error with the code `nats.<code>`. */
export const natsError = defineWireErrors("nats", TABLE);
