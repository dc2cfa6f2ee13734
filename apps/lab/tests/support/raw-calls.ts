import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect as http2Connect } from "node:http2";
import { buffer } from "node:stream/consumers";
import { fromJsonString } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { errorFromJsonBytes } from "@connectrpc/connect/protocol-connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { trailerParse } from "@connectrpc/connect/protocol-grpc-web";
import { ServerFrameSchema } from "@polywire/contract/polywire/realtime/v1/frames";
import { fromProblem } from "@polywire/http";
import { fromWire } from "@polywire/realtime/protocol";
import { codeName, errorDetails } from "@polywire/rpc";
import { WebSocket } from "ws";
import type { Endpoints } from "../../src/wires/routes.ts";
import { splitAddress } from "../../src/wires/split-address.ts";
import type { CallWire } from "../../src/wires/wire.ts";

/** What a refused call said, and every byte of text that it was said with. */
export interface Refusal {
  readonly code: string;
  readonly reason: string | undefined;
  readonly text: string;
}

const CREATE = "/polywire.orders.v1.OrderService/CreateOrder";

/** Sends the body of a CreateOrder as it stands over one wire, whatever it is. */
export async function sendRaw(
  wire: CallWire,
  body: Uint8Array,
  { endpoints, token }: { endpoints: Endpoints; token: string },
): Promise<Refusal> {
  const frontDoor = endpoints.frontDoor ?? "";
  const authorization = `Bearer ${token}`;
  switch (wire) {
    case "rest-h1":
      return problem(await post(endpoints.gateway, "/v1/orders", { body, headers: json(authorization) }));
    case "rest-h2":
      return problem(await postH2(frontDoor, "/v1/orders", { body, headers: json(authorization) }));
    case "connect-json":
      return connectError(await post(frontDoor, CREATE, { body, headers: json(authorization) }));
    case "connect-binary":
      return connectError(
        await post(frontDoor, CREATE, { body, headers: { authorization, "content-type": "application/proto" } }),
      );
    case "grpc": {
      const headers = { authorization, "content-type": "application/grpc+proto", te: "trailers" };
      return grpcError(await postH2(endpoints.ordersGrpc, CREATE, { body: envelope(body), headers }));
    }
    case "grpc-web": {
      const headers = { authorization, "content-type": "application/grpc-web+proto", "x-grpc-web": "1" };
      return grpcWebError(await post(frontDoor, CREATE, { body: envelope(body), headers }));
    }
    case "ws-json":
      return sendFrame(frontDoor, token, body);
  }
}

/** Asks for a path that answers with a stream or an upgrade, and gives what refused it. */
export async function getRaw(address: string, path: string, headers: Record<string, string>): Promise<Refusal> {
  const outgoing = httpRequest({ ...splitAddress(address), path, headers }).end();
  const [incoming] = await once(outgoing, "response");
  const body = new Uint8Array(await buffer(incoming));
  const { text, ...said } = problem({
    status: incoming.statusCode,
    headers: new Headers(),
    trailers: new Headers(),
    body,
  });
  return { ...said, text: text + JSON.stringify(incoming.headers) };
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly trailers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

interface Post {
  readonly body: Uint8Array;
  readonly headers: Record<string, string>;
}

const json = (authorization: string) => ({ authorization, "content-type": "application/json" });

async function post(address: string, path: string, { body, headers }: Post): Promise<Reply> {
  const outgoing = httpRequest({ ...splitAddress(address), path, method: "POST", headers });
  // A refusal may come before the whole body was taken.
  outgoing.on("error", () => undefined);
  outgoing.end(body);
  const [incoming] = await once(outgoing, "response");
  const received = new Uint8Array(await buffer(incoming));
  return {
    status: incoming.statusCode,
    headers: new Headers(flat(incoming.headers)),
    trailers: new Headers(),
    body: received,
  };
}

async function postH2(address: string, path: string, { body, headers }: Post): Promise<Reply> {
  const session = http2Connect(`http://${address}`);
  session.on("error", () => undefined);
  try {
    const stream = session.request({ ":method": "POST", ":path": path, ...headers });
    stream.on("error", () => undefined);
    let trailers = new Headers();
    stream.on("trailers", (received) => {
      trailers = new Headers(flat(received));
    });
    stream.end(body);
    const [received] = await once(stream, "response");
    const content = new Uint8Array(await buffer(stream).catch(() => Buffer.alloc(0)));
    return { status: Number(received[":status"]), headers: new Headers(flat(received)), trailers, body: content };
  } finally {
    session.destroy();
  }
}

function flat(headers: Record<string, unknown>): Record<string, string> {
  const entries = Object.entries(headers).filter(([name]) => !name.startsWith(":"));
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** A gRPC length-prefixed message, not compressed. */
function envelope(message: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(5 + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  return framed;
}

function problem({ status, body }: Reply): Refusal {
  const text = Buffer.from(body).toString();
  return refusal(fromProblem(status, JSON.parse(text)), text);
}

function connectError({ body, headers }: Reply): Refusal {
  const text = Buffer.from(body).toString();
  return refusal(errorFromJsonBytes(body, headers, new ConnectError("no error in the reply", Code.Unknown)), text);
}

function grpcError({ headers, trailers }: Reply): Refusal {
  const error = findTrailerError(trailers.has("grpc-status") ? trailers : headers);
  return refusal(error, JSON.stringify([...headers, ...trailers]));
}

function grpcWebError({ headers, body }: Reply): Refusal {
  const error = headers.has("grpc-status")
    ? findTrailerError(headers)
    : findTrailerError(trailerParse(body.subarray(5)));
  return refusal(error, Buffer.from(body).toString() + JSON.stringify([...headers]));
}

async function sendFrame(frontDoor: string, token: string, body: Uint8Array): Promise<Refusal> {
  const socket = new WebSocket(`ws://${frontDoor}/rt/ws`, "polywire.v1.json", {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  try {
    await once(socket, "open");
    const refused = Promise.withResolvers<Refusal>();
    socket.on("error", () => undefined);
    socket.on("close", (code, reason) =>
      refused.resolve({ code: `close ${code}`, reason: undefined, text: `${reason}` }),
    );
    socket.on("message", (data) => {
      const { message } = fromJsonString(ServerFrameSchema, data.toString());
      if (message.case === "error") refused.resolve(refusal(fromWire(message.value), data.toString()));
    });
    const command = `{"requestId":7,"command":{"createOrder":${Buffer.from(body).toString("latin1")}}}`;
    socket.send(command);
    return await refused.promise;
  } finally {
    socket.terminate();
  }
}

function refusal(error: ConnectError | undefined, text: string): Refusal {
  if (error === undefined) return { code: "OK", reason: undefined, text };
  return { code: codeName(error.code), reason: errorDetails(error).reason, text };
}
