import { defineWireErrors } from "../core/wire-error.ts";

const FORMATS = "PostgreSQL, Message Formats (postgresql.org/docs/current/protocol-message-formats.html)";
const FLOW = "PostgreSQL, Message Flow (postgresql.org/docs/current/protocol-flow.html)";

const TABLE = {
  bad_startup: [FORMATS, "The first packet is none that begins a session, asks for encryption or cancels."],
  bad_reply: [FLOW, "The answer to a request for encryption is not one of the bytes that it may be."],
  unknown_message: [FORMATS, "No message of this side has this type."],
  bad_length: [FORMATS, "A message has a length that it can't have."],
  bad_message: [FORMATS, "A message ends inside one of its fields."],
  message_too_large: [FORMATS, "A message exceeds maxMessageBytes; only its beginning is read."],
  unexpected_message: [FLOW, "The server answers something that was not asked: statements are followed again later."],
  too_many_pending: [FLOW, "More than maxPending requests wait for answers: statements are followed again later."],
  too_many_prepared: [FLOW, "More than maxPrepared statements or portals are prepared; the oldest is forgotten."],
  truncated: [FORMATS, "The connection ends inside a message."],
} as const;

/** What can be wrong with a connection. */
export type PostgresErrorCode = keyof typeof TABLE;

/** Makes an error with the code `postgres.<code>`. */
export const postgresError = defineWireErrors("postgres", TABLE);
