import type { DescFile } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import * as v1 from "@polywire/contract/grpc/reflection/v1/reflection";
import * as v1alpha from "@polywire/contract/grpc/reflection/v1alpha/reflection";
import { type DescribedFiles, describedFiles } from "./described-files.ts";
import { implement, type ServiceRegistration } from "./registration.ts";

type Request = v1.ServerReflectionRequest | v1alpha.ServerReflectionRequest;

/**
 * Adds server reflection, v1 and v1alpha, to what a server serves, so that grpcurl and `buf curl` need no proto files.
 * It needs no token and tells what the proto files of these services say (rules included, comments not), itself
 * among them.
 *
 * One answer for each request, in order; a request is read when the answer before it is written. What a stream may ask
 * is bounded by the engine, as it is for every service: the size of a message, and calls on one connection.
 * Spec: https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export function withReflection(registrations: readonly ServiceRegistration[]): ServiceRegistration[] {
  const services = [...registrations.map(({ service }) => service), v1.ServerReflection, v1alpha.ServerReflection];
  const names = services.map(({ typeName }) => ({ name: typeName }));
  const files = describedFiles(services);
  const answer = (request: Request) => ({
    validHost: request.host,
    messageResponse:
      request.messageRequest.case === "listServices"
        ? { case: "listServicesResponse" as const, value: { service: names } }
        : answerFrom(files, request.messageRequest),
  });
  async function* serverReflectionInfo<R extends Request>(requests: AsyncIterable<R>) {
    for await (const originalRequest of requests) yield { ...answer(originalRequest), originalRequest };
  }
  return [
    ...registrations,
    implement(v1.ServerReflection, { serverReflectionInfo }),
    implement(v1alpha.ServerReflection, { serverReflectionInfo }),
  ];
}

function answerFrom(files: DescribedFiles, asked: Exclude<Request["messageRequest"], { case: "listServices" }>) {
  const described = (file: DescFile | undefined) =>
    file
      ? { case: "fileDescriptorResponse" as const, value: { fileDescriptorProto: files.serialized(file) } }
      : refused(Code.NotFound, "no service of this server declares or uses that");
  switch (asked.case) {
    case "fileByFilename":
      return described(files.named(asked.value));
    case "fileContainingSymbol":
      return described(files.declaring(asked.value));
    case "fileContainingExtension":
      return described(files.extensions(asked.value.containingType)?.get(asked.value.extensionNumber));
    case "allExtensionNumbersOfType": {
      const extensions = files.extensions(asked.value);
      if (!extensions) return refused(Code.NotFound, "no service of this server uses that message");
      const value = { baseTypeName: asked.value, extensionNumber: [...extensions.keys()] };
      return { case: "allExtensionNumbersResponse" as const, value };
    }
    case undefined:
      return refused(Code.InvalidArgument, "the request asks for nothing that this server knows of");
  }
}

/** The text repeats nothing of the request, which the answer carries anyway. */
function refused(errorCode: Code, errorMessage: string) {
  return { case: "errorResponse" as const, value: { errorCode, errorMessage } };
}
