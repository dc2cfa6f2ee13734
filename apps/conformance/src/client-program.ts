import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { invoke } from "./client/invoke.ts";
import { frame, readFrames } from "./frames.ts";
import {
  type ClientCompatRequest,
  ClientCompatRequestSchema,
  type ClientCompatResponse,
  ClientCompatResponseSchema,
  ClientErrorResultSchema,
} from "./gen/connectrpc/conformance/v1/client_compat_pb.ts";
import { surfaceNamed } from "./surfaces.ts";

/*
 * A client under test: started by the runner with the name of an engine, told on standard input which calls to make,
 * tells on standard output what came of each. Most calls of the suite wait, so several are made at a time.
 */

const MAX_CALLS = 8;

const surface = surfaceNamed(process.argv[2]);
const running = new Set<Promise<void>>();
for await (const bytes of readFrames(process.stdin)) {
  const call = report(fromBinary(ClientCompatRequestSchema, bytes)).finally(() => running.delete(call));
  running.add(call);
  if (running.size >= MAX_CALLS) await Promise.race(running);
}
await Promise.all(running);

async function report(request: ClientCompatRequest): Promise<void> {
  const response = { testName: request.testName, result: await resultOf(request) };
  process.stdout.write(frame(toBinary(ClientCompatResponseSchema, create(ClientCompatResponseSchema, response))));
}

async function resultOf(request: ClientCompatRequest): Promise<ClientCompatResponse["result"]> {
  try {
    const transport = surface.openTransport(request);
    try {
      return { case: "response", value: await invoke(transport, request) };
    } finally {
      transport[Symbol.dispose]?.();
    }
  } catch (error) {
    return { case: "error", value: create(ClientErrorResultSchema, { message: String(error) }) };
  }
}
