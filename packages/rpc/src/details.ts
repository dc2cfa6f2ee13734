import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, type ConnectError } from "@connectrpc/connect";
import {
  type BadRequest_FieldViolation,
  BadRequestSchema,
  ErrorInfoSchema,
  PreconditionFailureSchema,
  RequestInfoSchema,
  ResourceInfoSchema,
  RetryInfoSchema,
} from "@polywire/contract/google/rpc/error_details";

/** The domain of every ErrorInfo of this system. */
export const ERROR_DOMAIN = "polywire";

/** All details of one error together, in bytes: other stacks cap all response headers at 8 to 16 KB. */
export const MAX_DETAILS_BYTES = 4096;

/** A detail as ConnectError takes it: a schema and the message's initial value. */
export interface OutgoingDetail {
  desc: DescMessage;
  value: MessageInitShape<DescMessage>;
}

/** One broken rule: the field's path (`lines[0].quantity`), the rule's stable id, and a text for people. */
export interface FieldViolation {
  field: string;
  rule: string;
  description: string;
}

/** What an error is about: `{ type: "order", name: "0198…" }`. */
export interface Resource {
  type: string;
  name: string;
}

/** What the details of an error say, for the mapping of every wire. */
export interface ErrorDetails {
  /** The stable reason: a key of REASONS for errors of this system, any text for others. */
  reason?: string;
  metadata: Record<string, string>;
  fieldViolations: FieldViolation[];
  retryAfterMs?: number;
  requestId?: string;
  /** From a ResourceInfo, or the first violation of a PreconditionFailure. */
  resource?: Resource;
}

/** Decodes the google.rpc details of an error, made here or received. Unknown and broken ones are passed over. */
export function errorDetails(error: ConnectError): ErrorDetails {
  const details: ErrorDetails = { metadata: {}, fieldViolations: [] };
  const [info] = error.findDetails(ErrorInfoSchema);
  if (info) {
    details.reason = info.reason;
    details.metadata = info.metadata;
  }
  for (const badRequest of error.findDetails(BadRequestSchema)) {
    details.fieldViolations.push(...badRequest.fieldViolations.map(fromViolation));
  }
  const [retry] = error.findDetails(RetryInfoSchema);
  if (retry?.retryDelay) {
    details.retryAfterMs = Number(retry.retryDelay.seconds) * 1000 + retry.retryDelay.nanos / 1e6;
  }
  const [request] = error.findDetails(RequestInfoSchema);
  if (request) details.requestId = request.requestId;
  const [resource] = error.findDetails(ResourceInfoSchema);
  const [failure] = error.findDetails(PreconditionFailureSchema);
  const [type, name] = failure?.violations[0]?.subject.split(/\/(.*)/s) ?? [];
  if (resource) details.resource = { type: resource.resourceType, name: resource.resourceName };
  else if (type !== undefined && name !== undefined) details.resource = { type, name };
  return details;
}

/** Names the resource whose state is in the way (a PreconditionFailure), or which is missing, taken or changed. */
export function resourceDetail(
  { reason, code, description }: { reason: string; code: Code; description: string },
  { type, name }: Resource,
): OutgoingDetail {
  if (code !== Code.FailedPrecondition) {
    return { desc: ResourceInfoSchema, value: { resourceType: type, resourceName: name } };
  }
  const violation = { type: reason, subject: `${type}/${name}`, description: shorten(description) };
  return { desc: PreconditionFailureSchema, value: { violations: [violation] } };
}

/** The RetryInfo detail for a wait of so many milliseconds. */
export function retryDetail(retryAfterMs: number): OutgoingDetail {
  const seconds = Math.floor(retryAfterMs / 1000);
  const nanos = Math.round((retryAfterMs - seconds * 1000) * 1e6);
  return { desc: RetryInfoSchema, value: { retryDelay: { seconds: BigInt(seconds), nanos } } };
}

/** The BadRequest detail for as many violations as fit into `maxBytes`; the first always does, shortened if it must. */
export function badRequestDetail(violations: readonly FieldViolation[], maxBytes: number): OutgoingDetail {
  const fieldViolations: { field: string; description: string; reason: string }[] = [];
  let bytes = 0;
  for (const { field, rule, description } of violations) {
    const violation = { field: shorten(field), description: shorten(description), reason: shorten(rule) };
    bytes += detailBytes({ desc: BadRequestSchema, value: { fieldViolations: [violation] } });
    if (bytes > maxBytes) break;
    fieldViolations.push(violation);
  }
  return { desc: BadRequestSchema, value: { fieldViolations } };
}

/** The details that fit into {@link MAX_DETAILS_BYTES} together, in their order; the others are left out. */
export function capDetails<D extends ConnectError["details"][number]>(details: readonly D[]): D[] {
  let left = MAX_DETAILS_BYTES;
  return details.filter((detail) => {
    const bytes = "desc" in detail ? detailBytes(detail) : detail.value.length;
    if (bytes > left) return false;
    left -= bytes;
    return true;
  });
}

function detailBytes({ desc, value }: OutgoingDetail): number {
  return toBinary(desc, create(desc, value)).length;
}

function shorten(text: string): string {
  return text.length <= 256 ? text : `${text.slice(0, 255)}…`;
}

function fromViolation({ field, reason, description }: BadRequest_FieldViolation): FieldViolation {
  return { field, rule: reason, description };
}
