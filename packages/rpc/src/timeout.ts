const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };
// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md: at most 8 digits and a unit.
const GRPC_TIMEOUT = /^(\d{1,8})([HMSmun])$/;
// https://connectrpc.com/docs/protocol/#unary-request: at most 10 digits.
const CONNECT_TIMEOUT = /^\d{1,10}$/;

/** The timeout that the headers of a gRPC, gRPC-Web or Connect call ask for, in milliseconds; undefined for none. */
export function parseTimeout(header: Headers): number | undefined {
  const grpc = header.get("grpc-timeout");
  if (grpc !== null) {
    const match = GRPC_TIMEOUT.exec(grpc);
    return match ? Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? 0) : undefined;
  }
  const connect = header.get("connect-timeout-ms");
  return connect !== null && CONNECT_TIMEOUT.test(connect) ? Number(connect) : undefined;
}
