import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { KEEP_ALIVE_MS } from "@polywire/service";

/** The page's own server: the built files of apps/web, and `/endpoints.json`. */
export interface WebServer extends AsyncDisposable {
  readonly port: number;
}

/** What the page's server is told. */
export interface WebServerOptions {
  readonly host: string;
  readonly port: number;
  /** What `/endpoints.json` answers: the state at this moment. */
  readonly endpoints: () => Promise<object>;
}

const DIST = fileURLToPath(new URL("../../../web/dist/", import.meta.url));

const CONTENT_TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

/** Starts it. */
export async function serveWeb({ host, port, endpoints }: WebServerOptions): Promise<WebServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    // Null for an address that can't be read, as "//": there is no such page either.
    const path = URL.parse(request.url ?? "/", "http://page")?.pathname ?? "";
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
    } else if (path === "/readyz") {
      response.writeHead(200).end("ready\n");
    } else if (path === "/endpoints.json") {
      endpoints().then(
        (document) => {
          response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
          response.end(JSON.stringify(document));
        },
        () => response.writeHead(500).end(),
      );
    } else {
      sendFile(path === "/" ? "/index.html" : path).then(
        ({ type, content }) => {
          response.writeHead(200, { "content-type": type, "x-content-type-options": "nosniff" }).end(content);
        },
        () => response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("There is no such page.\n"),
      );
    }
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  return { port, [Symbol.asyncDispose]: () => close(server) };
}

async function sendFile(path: string): Promise<{ type: string; content: Buffer }> {
  const file = join(DIST, normalize(path));
  const type = CONTENT_TYPES[extname(file)];
  if (!file.startsWith(DIST) || type === undefined) throw new Error("not a file of the page");
  return { type, content: await readFile(file) };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
