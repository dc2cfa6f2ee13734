import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { type CallOptions, Client, credentials, type Metadata, type Server, ServerCredentials } from "@grpc/grpc-js";
import type { Address } from "../../system/front-door.ts";

const HOST = "127.0.0.1";

/** Has a server of plain grpc-js listen on a free port. */
export async function listenPlainly(server: Server): Promise<Address> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(`${HOST}:0`, ServerCredentials.createInsecure(), (error, port) =>
    error === null ? resolve(port) : reject(error),
  );
  return `${HOST}:${await promise}`;
}

/** A plain grpc-js client, closed with the stack. */
export function plainClient(address: Address, stack: AsyncDisposableStack): Client {
  const client = new Client(address, credentials.createInsecure());
  stack.defer(() => client.close());
  return client;
}

/** One call by a plain grpc-js client; `signal` cancels it. Rejects with grpc-js's own error. */
export function unaryCall<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: DescMethodUnary<I, O>,
  call: {
    readonly request: MessageInitShape<I>;
    readonly metadata: Metadata;
    readonly options: CallOptions;
    readonly signal?: AbortSignal;
  },
): Promise<MessageShape<O>> {
  return new Promise((resolve, reject) => {
    const asked = client.makeUnaryRequest(
      pathOf(method),
      (message: MessageShape<I>) => Buffer.from(toBinary(method.input, message)),
      (bytes) => fromBinary(method.output, bytes),
      create(method.input, call.request),
      call.metadata,
      call.options,
      (error, value) => (value === undefined ? reject(error) : resolve(value)),
    );
    call.signal?.addEventListener("abort", () => asked.cancel(), { once: true });
  });
}

/** The path of a method on the wire. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}
