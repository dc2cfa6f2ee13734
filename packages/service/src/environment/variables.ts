import { z } from "zod";

/**
 * The kinds of variable that several apps share, to be put under their names in an app's schema:
 * `z.object({ POLYWIRE_GRPC_PORT: variables.port })`.
 */
export const variables = {
  /** Address to listen on. Default 127.0.0.1. */
  host: z.string().default("127.0.0.1"),
  /** TCP port to listen on; 0, the default, lets the system choose. */
  port: wholeNumber(0, 65_535).default(0),
  /** Name of this instance in logs, for example `orders-1`. Default "0". */
  instance: z.string().default("0"),
  /** Least severity that is logged. Default "info". */
  logLevel: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  /** `postgres://user:password@host:port/database` of the app's own role. Required. */
  postgresUrl: z.url({
    protocol: /^postgres(ql)?$/,
    error: "expected postgres://user:password@host:port/database",
  }),
  /** `http(s)://…` of the token issuer's keys. Required. */
  jwksUrl: z.url({ protocol: /^https?$/, error: "expected http://host:port/.well-known/jwks.json" }),
  /** `host:port` of another service's gRPC port, or `dns:///name:port` of all its instances. Required. */
  grpcAddress: z
    .string("expected host:port")
    .regex(/^(dns:\/\/[^/\s]*\/)?(\[[0-9a-fA-F:]+\]|[^:/\s]+):\d{1,5}$/, "expected host:port or dns:///name:port"),
  /** A bearer token. Required. */
  token: z.string("expected a bearer token").min(1),
  /** Origins whose pages may call, by commas: `https://shop.example,http://localhost:5173`. Default none. */
  origins: z.string().default("").transform(originsOf),
};

function originsOf(list: string, context: z.RefinementCtx): readonly string[] {
  const entries = list.split(",").flatMap((entry) => entry.trim() || []);
  for (const entry of entries.filter((text) => !isOrigin(text))) {
    const advice = "write scheme, host and port only, for example https://shop.example:8443";
    context.addIssue({ code: "custom", message: `"${entry}" is not an origin; ${advice}` });
  }
  return entries;
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}

/**
 * A whole number in decimal digits.
 *
 * @param min the least that is allowed
 * @param max the most that is allowed
 * @returns the kind of variable, required unless given a default
 */
export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string(message)
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message));
}
