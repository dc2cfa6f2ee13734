import { defineWireErrors } from "../core/wire-error.ts";

const ENCODING = "protobuf.dev/programming-guides/encoding";

/** What can be wrong with the bytes of a message. */
export const protobufError = defineWireErrors("protobuf", {
  truncated: [`${ENCODING}, section A Simple Message`, "The message ends inside a field."],
  varint_too_long: [`${ENCODING}, section Base 128 Varints`, "A varint has more than ten bytes."],
  bad_field_number: [`${ENCODING}, section Message Structure`, "A field number is not between 1 and 2^29-1."],
  bad_wire_type: [`${ENCODING}, section Message Structure`, "Wire types 6 and 7 do not exist."],
  unexpected_end_group: [`${ENCODING}, section Groups`, "An end-group tag ends no group, or another one."],
  too_deep: [`${ENCODING}, section Submessages`, "Messages or groups nest deeper than maxDepth."],
  too_many_fields: [
    `${ENCODING}, section Message Structure`,
    "The message has more fields than maxFields; the rest is not read.",
  ],
});

/** Codes of {@link protobufError}. */
export type ProtobufErrorCode = Parameters<typeof protobufError>[0];
