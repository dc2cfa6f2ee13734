import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, createClient, createRouterTransport } from "@connectrpc/connect";
import * as v1 from "@polywire/contract/grpc/reflection/v1/reflection";
import * as v1alpha from "@polywire/contract/grpc/reflection/v1alpha/reflection";
import { PricingService } from "@polywire/contract/polywire/pricing/v1/pricing_service";
import { describe, expect, test } from "vitest";
import { withReflection } from "./reflection.ts";
import { implement } from "./registration.ts";

type Asked = NonNullable<MessageInitShape<typeof v1.ServerReflectionRequestSchema>["messageRequest"]>;

const served = withReflection([implement(PricingService, {})]);
const transport = createRouterTransport((router) => {
  for (const { service, implementation } of served) router.service(service, implementation);
});

describe.each([
  { version: "v1", service: v1.ServerReflection },
  { version: "v1alpha", service: v1alpha.ServerReflection as unknown as typeof v1.ServerReflection },
])("withReflection, $version", ({ service }) => {
  const client = createClient(service, transport);

  async function ask(...asked: Asked[]) {
    async function* requests() {
      for (const messageRequest of asked) yield { host: "here", messageRequest };
    }
    return Array.fromAsync(client.serverReflectionInfo(requests()));
  }

  async function filesFor(asked: Asked) {
    const [answer] = await ask(asked);
    if (answer?.messageResponse.case !== "fileDescriptorResponse") throw new Error(`${answer?.messageResponse.case}`);
    const { fileDescriptorProto } = answer.messageResponse.value;
    return fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
  }

  test("lists what is served, itself among it", async () => {
    const [answer] = await ask({ case: "listServices", value: "" });
    expect(answer?.messageResponse).toMatchObject({
      case: "listServicesResponse",
      value: {
        service: [
          { name: "polywire.pricing.v1.PricingService" },
          { name: "grpc.reflection.v1.ServerReflection" },
          { name: "grpc.reflection.v1alpha.ServerReflection" },
        ],
      },
    });
  });

  test.each<[string, Asked, string]>([
    ["its name", { case: "fileByFilename", value: "polywire/type/v1/money.proto" }, "polywire/type/v1/money.proto"],
    [
      "a symbol",
      { case: "fileContainingSymbol", value: "polywire.pricing.v1.PricingService" },
      "polywire/pricing/v1/pricing_service.proto",
    ],
    [
      "an extension",
      {
        case: "fileContainingExtension",
        value: { containingType: "google.protobuf.FieldOptions", extensionNumber: 1159 },
      },
      "buf/validate/validate.proto",
    ],
  ])("answers a file by %s, with what it imports", async (_, asked, name) => {
    const names = await filesFor(asked);
    expect(names[0]).toBe(name);
    expect(names).toContain("google/protobuf/descriptor.proto");
  });

  test("answers the numbers of a message's extensions", async () => {
    const [answer] = await ask({ case: "allExtensionNumbersOfType", value: "google.protobuf.OneofOptions" });
    expect(answer?.messageResponse).toMatchObject({
      case: "allExtensionNumbersResponse",
      value: { baseTypeName: "google.protobuf.OneofOptions", extensionNumber: [1159] },
    });
  });

  test("answers each request once, in order, those it cannot answer with an error that leaves the stream open", async () => {
    const answers = await ask(
      { case: "fileByFilename", value: "no.proto" },
      { case: "fileContainingSymbol", value: "polywire.orders.v1.OrderService" },
      { case: "fileContainingExtension", value: { containingType: "no.Message", extensionNumber: 1 } },
      {
        case: "fileContainingExtension",
        value: { containingType: "google.protobuf.FieldOptions", extensionNumber: 1 },
      },
      { case: "allExtensionNumbersOfType", value: "no.Message" },
      { case: undefined },
      { case: "listServices", value: "" },
    );
    const outcome = answers.map(({ validHost, originalRequest, messageResponse }) => [
      validHost,
      originalRequest?.messageRequest.case,
      messageResponse.case === "errorResponse" ? messageResponse.value.errorCode : messageResponse.case,
    ]);
    expect(outcome).toEqual([
      ["here", "fileByFilename", Code.NotFound],
      ["here", "fileContainingSymbol", Code.NotFound],
      ["here", "fileContainingExtension", Code.NotFound],
      ["here", "fileContainingExtension", Code.NotFound],
      ["here", "allExtensionNumbersOfType", Code.NotFound],
      ["here", undefined, Code.InvalidArgument],
      ["here", "listServices", "listServicesResponse"],
    ]);
  });
});
