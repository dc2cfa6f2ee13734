import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { frame, readFrames } from "./frames.ts";
import {
  ServerCompatRequestSchema,
  ServerCompatResponseSchema,
} from "./gen/connectrpc/conformance/v1/server_compat_pb.ts";
import { surfaceNamed } from "./surfaces.ts";

/*
 * A server under test: started by the runner with the name of an engine, told on standard input what to be, tells on
 * standard output where it listens, ends by SIGTERM.
 */

const surface = surfaceNamed(process.argv[2]);
const { value: bytes } = await readFrames(process.stdin).next();
if (bytes === undefined) throw new Error("the runner has asked for nothing");
const { port } = await surface.startServer(fromBinary(ServerCompatRequestSchema, bytes));
const response = create(ServerCompatResponseSchema, { host: "127.0.0.1", port });
process.stdout.write(frame(toBinary(ServerCompatResponseSchema, response)));
