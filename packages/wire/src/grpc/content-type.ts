import type { GrpcFormat } from "./options.ts";

/** What a content type says of a call's body. */
export interface GrpcContentType {
  readonly format: GrpcFormat;
  /** How messages are encoded: `proto` where nothing is said. */
  readonly codec: string;
}

/** Reads `application/grpc…`; `undefined` when the body is something else. */
export function parseGrpcContentType(value: string): GrpcContentType | undefined {
  const match = /^application\/(grpc(?:-web(?:-text)?)?)(?:\+([\w.-]+))?\s*(?:;.*)?$/i.exec(value);
  const format = match?.[1]?.toLowerCase() as GrpcFormat | undefined;
  return format === undefined ? undefined : { format, codec: match?.[2]?.toLowerCase() ?? "proto" };
}
