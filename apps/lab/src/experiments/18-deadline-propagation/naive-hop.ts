import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  type CallOptions,
  type Client,
  Metadata,
  Server,
  type ServerUnaryCall,
  type ServiceError,
  type sendUnaryData,
} from "@grpc/grpc-js";
import type { Address } from "../../system/front-door.ts";
import { machineMs } from "../../tap/hop-event.ts";
import { listenPlainly, pathOf, unaryCall } from "../building-blocks/plain-grpc.ts";

/** What a hop tells the next one of its caller's deadline: nothing, always the same, or to be part of the same call. */
export const PROPAGATIONS = ["none", "per-hop", "parent"] as const;
export type Propagation = (typeof PROPAGATIONS)[number];

/** One call that a hop works on; times on the clock of `machineMs`. */
export interface Work {
  readonly startedAtMs: number;
  endedAtMs: number | null;
}

/** Calls another service as part of the call being served. */
export type Ask = <I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
) => Promise<MessageShape<O>>;

/** What a hop serves, and how it calls others. */
export interface NaiveHopOptions<I extends DescMessage, O extends DescMessage> {
  readonly method: DescMethodUnary<I, O>;
  readonly serve: (request: MessageShape<I>, ask: Ask, call: Serving) => Promise<MessageInitShape<O>>;
  /** Asked at each call to another service. */
  readonly propagation: () => Propagation;
  /** What `per-hop` gives each call. */
  readonly perHopMs: number;
}

/** grpc-js's own call. */
export type Serving = ServerUnaryCall<Uint8Array, Uint8Array>;

/** A service of one method. */
export interface NaiveHop extends AsyncDisposable {
  readonly address: Address;
  /** What it works on and has worked on, oldest first. */
  readonly work: readonly Work[];
}

/** Starts a service in plain grpc-js, as its examples show one: whatever a handler is not told to do, it does not do. */
export async function startNaiveHop<I extends DescMessage, O extends DescMessage>(
  options: NaiveHopOptions<I, O>,
): Promise<NaiveHop> {
  const { method, serve, propagation, perHopMs } = options;
  const work: Work[] = [];
  const handle = async (call: Serving, respond: sendUnaryData<Uint8Array>): Promise<void> => {
    const own: Work = { startedAtMs: machineMs(), endedAtMs: null };
    work.push(own);
    const ask: Ask = (client, asked, request) => {
      const how: Record<Propagation, CallOptions> = {
        none: {},
        "per-hop": { deadline: Date.now() + perHopMs },
        parent: { parent: call },
      };
      return unaryCall(client, asked, { request, metadata: forwarded(call.metadata), options: how[propagation()] });
    };
    try {
      const response = await serve(fromBinary(method.input, call.request), ask, call);
      respond(null, toBinary(method.output, create(method.output, response)));
    } catch (error) {
      respond(error as ServiceError);
    } finally {
      own.endedAtMs = machineMs();
    }
  };
  const server = new Server();
  server.register(
    pathOf(method),
    (call: Serving, respond: sendUnaryData<Uint8Array>) => void handle(call, respond),
    asBytes,
    asBytes,
    "unary",
  );
  return {
    address: await listenPlainly(server),
    work,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  };
}

const FORWARDED = ["authorization", "x-request-id"];

function forwarded(metadata: Metadata): Metadata {
  const onward = new Metadata();
  for (const name of FORWARDED) for (const value of metadata.get(name)) onward.add(name, value);
  return onward;
}

const asBytes = (message: Uint8Array): Buffer => Buffer.from(message);
