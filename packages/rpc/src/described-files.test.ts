import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { PricingService } from "@polywire/contract/polywire/pricing/v1/pricing_service";
import { expect, test } from "vitest";
import { describedFiles } from "./described-files.ts";

const PRICING = "polywire/pricing/v1/pricing_service.proto";
const VALIDATE = "buf/validate/validate.proto";
const DESCRIPTOR = "google/protobuf/descriptor.proto";

const files = describedFiles([PricingService]);

test.each([
  ["a service", "polywire.pricing.v1.PricingService", PRICING],
  ["a method", "polywire.pricing.v1.PricingService.QuoteOrder", PRICING],
  ["a message", "polywire.pricing.v1.QuoteOrderRequest", PRICING],
  ["a field", "polywire.pricing.v1.QuoteOrderRequest.lines", PRICING],
  ["a message of a file that is imported by an import", "google.protobuf.FieldOptions", DESCRIPTOR],
  ["a nested enum", "google.protobuf.FieldOptions.CType", DESCRIPTOR],
  ["a value of a nested enum, beside the enum", "google.protobuf.FieldOptions.CORD", DESCRIPTOR],
  ["a value of an enum at the top, in the package", "buf.validate.IGNORE_ALWAYS", VALIDATE],
  ["an oneof", "buf.validate.FieldRules.type", VALIDATE],
  ["an extension", "buf.validate.field", VALIDATE],
])("describedFiles finds the file that declares %s", (_, symbol, file) => {
  expect(files.declaring(symbol)?.proto.name).toBe(file);
});

test("describedFiles knows nothing that its services do not use", () => {
  expect(files.declaring("polywire.orders.v1.OrderService")).toBeUndefined();
  expect(files.declaring("polywire.pricing.v1")).toBeUndefined();
  expect(files.named("polywire/orders/v1/order_service.proto")).toBeUndefined();
  expect(files.extensions("polywire.orders.v1.Order")).toBeUndefined();
});

test("describedFiles finds the extensions of a message by their numbers", () => {
  expect(files.extensions("google.protobuf.OneofOptions")?.get(1159)?.proto.name).toBe(VALIDATE);
  expect([...(files.extensions("polywire.pricing.v1.QuoteOrderRequest") ?? ["unknown"])]).toEqual([]);
});

test("describedFiles serializes a file and all it imports, each once, the file itself first", () => {
  const service = files.named(PRICING);
  if (!service) throw new Error("the file of the service is not known");
  const protos = files.serialized(service).map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  const names = protos.map(({ name }) => name);
  expect(names[0]).toBe(PRICING);
  expect(new Set(names).size).toBe(names.length);
  expect(names).toContain(DESCRIPTOR);
  for (const { dependency } of protos) expect(names).toEqual(expect.arrayContaining(dependency));
});
