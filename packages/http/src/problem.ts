import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Code, ConnectError } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "@polywire/contract/google/rpc/error_details";
import { codeFromName, codeName, type ErrorDetails, errorDetails, REASONS, type Reason } from "@polywire/rpc";
import { bearerChallenge } from "./challenge.ts";
import { formatRetryAfter } from "./retry-after.ts";
import { codeFromHttpStatus, httpStatus } from "./status.ts";

/** The media type of problem details (RFC 9457 §3). */
export const PROBLEM_CONTENT_TYPE = "application/problem+json";

/** Where the meaning of each problem type is published, followed by the reason (RFC 9457 §3.1.1). */
export const PROBLEM_TYPE_PREFIX = "/v1/problems/";

/** One field that is wrong. */
export interface ProblemFieldError {
  /** The field's path in the contract, as on every wire: `lines[0].quantity`; for a header or parameter, its name. */
  field: string;
  /** The rule that is broken, stable: `string.max_len`, `unknown_field`. */
  rule: string;
  /** What is wrong, for a person. */
  description: string;
}

/** A problem document (RFC 9457 §3.1) with this project's extension members (§3.2). */
export interface Problem {
  /** `/v1/problems/<reason>`; `about:blank` for an error without a reason. */
  type: string;
  /** What the type means, the same on each occurrence. */
  title: string;
  /** The HTTP status, repeated. */
  status: number;
  /** What went wrong this time. */
  detail: string;
  /** Names this occurrence: `urn:polywire:request:<request id>`. */
  instance: string;
  /** The canonical code: `NOT_FOUND`. */
  code: string;
  /** The stable reason: `ORDER_NOT_FOUND`. Absent when the error has none. */
  reason?: string;
  /** The id under which the logs of every service know the request. */
  requestId: string;
  /** When trying again may help, in milliseconds from now; `Retry-After` has it in whole seconds. */
  retryAfterMs?: number;
  /** The fields that are wrong. Absent when it is not about fields. */
  errors?: ProblemFieldError[];
}

/** A problem document and the header fields that belong with it. */
export interface ProblemResponse {
  status: number;
  /** Content-Type and Cache-Control always; Retry-After, WWW-Authenticate and Allow where the error calls for them. */
  headers: Record<string, string>;
  body: Problem;
}

/** Options of `toProblem`. */
export interface ToProblemOptions {
  /** Whether the request carried `If-Match`; a stale version is then 412. Default: false. */
  conditional?: boolean;
}

/**
 * Writes an error as problem details. Give it only what `publicError` has let through: everything in the error's message
 * and known details reaches the client.
 */
export function toProblem(error: ConnectError, requestId: string, options: ToProblemOptions = {}): ProblemResponse {
  const { reason, fieldViolations, retryAfterMs, metadata } = errorDetails(error);
  const status = httpStatus({ code: error.code, reason, conditional: options.conditional });
  const body: Problem = {
    type: reason === undefined ? "about:blank" : `${PROBLEM_TYPE_PREFIX}${encodeURIComponent(reason)}`,
    title: titleOf(error.code, reason),
    status,
    detail: error.rawMessage,
    instance: `urn:polywire:request:${encodeURIComponent(requestId)}`,
    code: codeName(error.code),
    ...(reason === undefined ? {} : { reason }),
    requestId,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(fieldViolations.length === 0
      ? {}
      : { errors: fieldViolations.map(({ field, rule, description }) => ({ field, rule, description })) }),
  };
  return { status, headers: headersOf(error.code, { reason, retryAfterMs, metadata }), body };
}

/**
 * Reads an HTTP error back into the error it was made from. The document's `code` decides when it names one; the status
 * decides for every other body (a proxy's page, another server's problem), whose text is not taken over.
 */
export function fromProblem(status: number, body: unknown): ConnectError {
  const problem = asRecord(body);
  const code = codeFromName(textOf(problem.code) ?? "");
  if (code === undefined) {
    return new ConnectError(`HTTP status ${status}`, codeFromHttpStatus(status));
  }
  return new ConnectError(textOf(problem.detail) ?? `HTTP status ${status}`, code, undefined, detailsOf(problem));
}

function titleOf(code: Code, reason: string | undefined): string {
  if (reason !== undefined && Object.hasOwn(REASONS, reason)) {
    return REASONS[reason as Reason].meaning;
  }
  return codeName(code);
}

type HeaderFacts = Pick<ErrorDetails, "metadata"> & { [K in "reason" | "retryAfterMs"]: ErrorDetails[K] | undefined };

function headersOf(code: Code, { reason, retryAfterMs, metadata }: HeaderFacts): Record<string, string> {
  const challenge = bearerChallenge(code, reason);
  return {
    "content-type": PROBLEM_CONTENT_TYPE,
    "cache-control": "no-store",
    ...(retryAfterMs === undefined ? {} : { "retry-after": formatRetryAfter(retryAfterMs) }),
    ...(challenge === undefined ? {} : { "www-authenticate": challenge }),
    // RFC 9110 §15.5.6: a 405 names the methods that the path takes.
    ...(reason === "METHOD_NOT_ALLOWED" && metadata.allow !== undefined ? { allow: metadata.allow } : {}),
  };
}

type OutgoingDetails = NonNullable<ConstructorParameters<typeof ConnectError>[3]>;

function detailsOf(problem: Record<string, unknown>): OutgoingDetails {
  const details: OutgoingDetails = [];
  const reason = textOf(problem.reason);
  if (reason !== undefined) {
    details.push({ desc: ErrorInfoSchema, value: { reason, domain: "polywire" } });
  }
  if (Array.isArray(problem.errors)) {
    details.push({ desc: BadRequestSchema, value: { fieldViolations: problem.errors.map(fieldViolationOf) } });
  }
  const { retryAfterMs } = problem;
  if (typeof retryAfterMs === "number" && Number.isSafeInteger(retryAfterMs) && retryAfterMs >= 0) {
    const retryDelay = { seconds: BigInt(Math.floor(retryAfterMs / 1000)), nanos: (retryAfterMs % 1000) * 1_000_000 };
    details.push({ desc: RetryInfoSchema, value: { retryDelay } });
  }
  const requestId = textOf(problem.requestId);
  if (requestId !== undefined) {
    details.push({ desc: RequestInfoSchema, value: { requestId } });
  }
  return details;
}

type FieldViolationInit = NonNullable<MessageInitShape<typeof BadRequestSchema>["fieldViolations"]>[number];

function fieldViolationOf(entry: unknown): FieldViolationInit {
  const { field, rule, description } = asRecord(entry);
  return { field: textOf(field) ?? "", reason: textOf(rule) ?? "", description: textOf(description) ?? "" };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
