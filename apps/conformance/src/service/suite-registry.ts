import { createRegistry } from "@bufbuild/protobuf";
import { file_connectrpc_conformance_v1_service } from "../gen/connectrpc/conformance/v1/service_pb.ts";

/** All messages of the suite's service: it carries requests inside google.protobuf.Any. */
export const suiteRegistry = createRegistry(file_connectrpc_conformance_v1_service);
