import { Pool } from "undici";
import { http2Exchange } from "../../wires/http-exchange.ts";

/** Gets paths from one server. */
export interface PathClient extends AsyncDisposable {
  /** The body of the reply. */
  get(path: string): Promise<string>;
}

/** Where the server is. */
interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** How an HTTP/1.1 client spreads its requests. */
export interface Http1Options {
  readonly connections: number;
  /** Requests sent on a connection before the first of them is answered. */
  readonly pipelining: number;
}

/** HTTP/1.1 (undici). What finds no connection waits for one. */
export function http1Client({ host, port }: Endpoint, options: Http1Options): PathClient {
  const pool = new Pool(`http://${host}:${port}`, options);
  return {
    async get(path) {
      const { body } = await pool.request({ path, method: "GET", blocking: false });
      return await body.text();
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

/** HTTP/2 with prior knowledge (Node's own): every request a stream of one connection. */
export function http2Client({ host, port }: Endpoint): PathClient {
  const exchange = http2Exchange({ host, port, token: "" });
  return {
    get: async (path) => (await exchange.send({ method: "GET", path, headers: {} })).body,
    [Symbol.asyncDispose]: async () => exchange.close(),
  };
}
