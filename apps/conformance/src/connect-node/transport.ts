import type { Transport } from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";
import {
  compressionBrotli,
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import type { ClientCompatRequest } from "../gen/connectrpc/conformance/v1/client_compat_pb.ts";
import {
  Codec,
  HTTPVersion,
  Protocol,
  Compression as SuiteCompression,
} from "../gen/connectrpc/conformance/v1/config_pb.ts";
import { suiteRegistry } from "../service/suite-registry.ts";

/** A transport of connect-node for the protocol, HTTP version, codec and compression that a call asks for. */
export function openConnectTransport(request: ClientCompatRequest): Transport {
  const { host, port, httpVersion, codec, messageReceiveLimit, useGetHttpMethod } = request;
  const compression = compressionOf(request.compression);
  const options = {
    baseUrl: `http://${host}:${port}`,
    httpVersion: httpVersion === HTTPVersion.HTTP_VERSION_2 ? ("2" as const) : ("1.1" as const),
    useBinaryFormat: codec === Codec.PROTO,
    jsonOptions: { registry: suiteRegistry },
    acceptCompression: compression === undefined ? [] : [compression],
    ...(compression && { sendCompression: compression }),
    // The suite wants to see every message compressed, empty ones too.
    compressMinBytes: -1,
    ...(messageReceiveLimit > 0 && { readMaxBytes: messageReceiveLimit }),
  };
  switch (request.protocol) {
    case Protocol.CONNECT:
      return createConnectTransport({ ...options, useHttpGet: useGetHttpMethod });
    case Protocol.GRPC:
      return createGrpcTransport(options);
    case Protocol.GRPC_WEB:
      return createGrpcWebTransport(options);
    default:
      throw new Error(`unknown protocol ${request.protocol}`);
  }
}

function compressionOf(compression: SuiteCompression): Compression | undefined {
  switch (compression) {
    case SuiteCompression.UNSPECIFIED:
    case SuiteCompression.IDENTITY:
      return undefined;
    case SuiteCompression.GZIP:
      return compressionGzip;
    case SuiteCompression.BR:
      return compressionBrotli;
    default:
      throw new Error(`connect-node has no compression ${compression}`);
  }
}
