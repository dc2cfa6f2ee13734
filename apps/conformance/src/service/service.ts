import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import { implement } from "@polywire/rpc";
import {
  BidiStreamRequestSchema,
  ClientStreamRequestSchema,
  ConformanceService,
  IdempotentUnaryRequestSchema,
  ServerStreamRequestSchema,
  type StreamResponseDefinition,
  UnaryRequestSchema,
  type UnaryResponseDefinition,
} from "../gen/connectrpc/conformance/v1/service_pb.ts";
import { type AnsweredCall, announce, echo, pause, reply, respondOnce, respondWithRest } from "./respond.ts";

/** The suite's service, as its own text describes it. `Unimplemented` is left out on purpose. */
export const conformanceService = implement(ConformanceService, {
  unary(request, context) {
    return respondOnce(request.responseDefinition, { context, requests: [anyPack(UnaryRequestSchema, request)] });
  },

  idempotentUnary(request, context) {
    const requests = [anyPack(IdempotentUnaryRequestSchema, request)];
    return respondOnce(request.responseDefinition, { context, requests });
  },

  async clientStream(incoming, context) {
    let definition: UnaryResponseDefinition | undefined;
    const requests: Any[] = [];
    for await (const request of incoming) {
      if (requests.length === 0) definition = request.responseDefinition;
      requests.push(anyPack(ClientStreamRequestSchema, request));
    }
    return respondOnce(definition, { context, requests });
  },

  async *serverStream(request, context) {
    const call = { context, requests: [anyPack(ServerStreamRequestSchema, request)] };
    announce(request.responseDefinition, call);
    yield* respondWithRest(request.responseDefinition, call, 0);
  },

  async *bidiStream(incoming, context) {
    let definition: StreamResponseDefinition | undefined;
    let isFullDuplex = false;
    let isFirst = true;
    let sent = 0;
    const call: AnsweredCall = { context, requests: [] };
    for await (const request of incoming) {
      call.requests.push(anyPack(BidiStreamRequestSchema, request));
      if (isFirst) {
        definition = request.responseDefinition;
        isFullDuplex = request.fullDuplex;
        isFirst = false;
        announce(definition, call);
      }
      if (!isFullDuplex) continue;
      const data = definition?.responseData[sent];
      if (data === undefined) break;
      await pause(definition, call);
      yield reply(data, echo(call));
      sent += 1;
      call.requests.length = 0;
    }
    yield* respondWithRest(definition, call, sent);
  },
});
