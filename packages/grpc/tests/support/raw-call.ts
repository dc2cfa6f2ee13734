import { once } from "node:events";
import { connect, type IncomingHttpHeaders } from "node:http2";

/** What a call over bare HTTP/2 was answered with. */
export interface RawAnswer {
  status: number | undefined;
  grpcStatus: string | undefined;
  grpcMessage: string | undefined;
  headers: IncomingHttpHeaders;
  trailers: IncomingHttpHeaders;
  body: Buffer;
}

export interface RawCall {
  port: number;
  path: string;
  body: Buffer;
  headers?: Record<string, string>;
  /** Whether to end the request. If not, waits for the end of the response only. Default: true. */
  end?: boolean;
}

/** One message as gRPC frames it: a flag, four bytes of length, the bytes. */
export function framed(message: Uint8Array, flag = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Sends any bytes to a path over bare HTTP/2. */
export async function rawCall({ port, path, body, headers = {}, end = true }: RawCall): Promise<RawAnswer> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      te: "trailers",
      "content-type": "application/grpc",
      ...headers,
    });
    let [received, trailers]: IncomingHttpHeaders[] = [{}, {}];
    const chunks: Buffer[] = [];
    stream.on("response", (fields) => {
      received = fields;
    });
    stream.on("trailers", (fields) => {
      trailers = fields;
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    if (end) stream.end(body);
    else stream.write(body);
    await once(stream, end ? "close" : "end");
    const status = { ...received, ...trailers };
    return {
      status: received?.[":status"] as number | undefined,
      grpcStatus: status["grpc-status"]?.toString(),
      grpcMessage: status["grpc-message"]?.toString(),
      headers: received ?? {},
      trailers: trailers ?? {},
      body: Buffer.concat(chunks),
    };
  } finally {
    session.destroy();
  }
}
