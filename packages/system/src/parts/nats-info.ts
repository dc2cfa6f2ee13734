import { connect } from "node:net";

/** What is used of the greeting of a NATS server. */
export interface NatsInfo {
  readonly version: string;
  readonly jetstream: boolean;
}

const TIMEOUT_MS = 5_000;
const MAX_GREETING_BYTES = 65_536;

/**
 * Reads the INFO line that a NATS server sends first on every connection.
 * @see https://docs.nats.io/reference/reference-protocols/nats-protocol#info
 */
export function askNatsInfo(url: string): Promise<NatsInfo> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 4222) });
    let greeting = "";
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setEncoding("utf8");
    socket.setTimeout(TIMEOUT_MS, () => fail(new Error(`no greeting within ${TIMEOUT_MS} ms`)));
    socket.on("error", fail);
    socket.on("close", () => reject(new Error("the connection was closed before a greeting")));
    socket.on("data", (piece: string) => {
      greeting += piece;
      const end = greeting.indexOf("\r\n");
      if (end === -1) {
        if (greeting.length > MAX_GREETING_BYTES) fail(new Error("the greeting has no end"));
        return;
      }
      const info = parseNatsInfo(greeting.slice(0, end));
      if (info === undefined) return fail(new Error("it does not greet like a NATS server"));
      socket.destroy();
      resolve(info);
    });
  });
}

/** Reads `INFO {…}`; undefined when the line is anything else. */
export function parseNatsInfo(line: string): NatsInfo | undefined {
  if (!line.startsWith("INFO ")) return undefined;
  try {
    const info: unknown = JSON.parse(line.slice("INFO ".length));
    if (typeof info !== "object" || info === null || !("version" in info)) return undefined;
    return { version: String(info.version), jetstream: "jetstream" in info && info.jetstream === true };
  } catch {
    return undefined;
  }
}
