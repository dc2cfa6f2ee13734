import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import { type Code, ConnectError } from "@connectrpc/connect";
import type { Code as SuiteCode } from "../gen/connectrpc/conformance/v1/config_pb.ts";
import type { Header, Error as SuiteError } from "../gen/connectrpc/conformance/v1/service_pb.ts";

type Init<T> = Omit<T, "$typeName" | "$unknown">;

/** Headers as the suite writes them: values that were repeated come as one, joined by commas. */
export function fromHeaders(headers: Headers): Init<Header>[] {
  return [...headers].map(([name, value]) => ({ name, value: [value] }));
}

/** Adds the suite's headers to the real ones. */
export function addHeaders(target: Headers, headers: readonly Header[]): void {
  for (const { name, value } of headers) for (const each of value) target.append(name, each);
}

/** The error that the suite asks for; its numbers for codes are those of gRPC and connect-es. */
export function toConnectError({ code, message, details }: SuiteError): ConnectError {
  const error = new ConnectError(message ?? "", code as number as Code);
  error.details = details.map(({ typeUrl, value }) => ({ type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1), value }));
  return error;
}

/** An error as a call ended with it, for the suite. */
export function fromConnectError({ code, rawMessage, details }: ConnectError) {
  return {
    code: code as number as SuiteCode,
    message: rawMessage,
    details: details.map(
      (detail): Any =>
        "desc" in detail
          ? anyPack(detail.desc, { ...detail.value } as never)
          : { $typeName: "google.protobuf.Any", typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value },
    ),
  };
}
