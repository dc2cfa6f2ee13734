import { create } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "@polywire/contract/google/rpc/error_details";
import { type Error as ErrorFrame, ErrorSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { codeFromName, codeName, ERROR_DOMAIN, errorDetails, type OutgoingDetail } from "@polywire/rpc";

/**
 * Writes an error as the message of an Error frame. Give it only what `publicError` has let through.
 *
 * @param requestId names the call in the server's logs
 */
export function toWire(error: ConnectError, requestId: string): ErrorFrame {
  const { reason = "", fieldViolations, retryAfterMs } = errorDetails(error);
  return create(ErrorSchema, {
    code: codeName(error.code),
    reason,
    message: error.rawMessage,
    requestId,
    fieldViolations: fieldViolations.map(({ field, rule, description }) => ({ field, rule, description })),
    ...(retryAfterMs === undefined ? {} : { retryAfter: durationFromMs(Math.ceil(retryAfterMs)) }),
  });
}

/** Reads an Error frame back into the error it was made from. A code that this version does not know is UNKNOWN. */
export function fromWire(frame: ErrorFrame): ConnectError {
  const details: OutgoingDetail[] = [];
  if (frame.reason !== "") {
    details.push({ desc: ErrorInfoSchema, value: { reason: frame.reason, domain: ERROR_DOMAIN } });
  }
  if (frame.fieldViolations.length > 0) {
    const fieldViolations = frame.fieldViolations.map(({ field, rule, description }) => ({
      field,
      reason: rule,
      description,
    }));
    details.push({ desc: BadRequestSchema, value: { fieldViolations } });
  }
  if (frame.retryAfter !== undefined) {
    details.push({ desc: RetryInfoSchema, value: { retryDelay: frame.retryAfter } });
  }
  if (frame.requestId !== "") {
    details.push({ desc: RequestInfoSchema, value: { requestId: frame.requestId } });
  }
  return new ConnectError(frame.message, codeFromName(frame.code) ?? Code.Unknown, undefined, details);
}
