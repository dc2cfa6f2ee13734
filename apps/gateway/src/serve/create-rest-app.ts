import { type CallLog, type CallMeter, rpcError, type TokenVerifier } from "@polywire/rpc";
import express, { type ErrorRequestHandler, type Express } from "express";
import type { Route } from "./route.ts";
import { serveRoute } from "./serve-route.ts";

/** What `createRestApp` needs. */
export interface RestAppOptions {
  routes: readonly Route[];
  verify: TokenVerifier;
  log: CallLog;
  meter: CallMeter;
}

/** The routes as an express app. Paths and methods that no route takes are refused in the same form as every error. */
export function createRestApp({ routes, ...common }: RestAppOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  // Entity tags are versions here, never hashes of a body.
  app.set("etag", false);
  // The routes read their queries themselves, strictly.
  app.set("query parser", false);
  app.set("case sensitive routing", true);
  app.set("strict routing", true);

  const serve = (route: Omit<Route, "method">, name: string) => serveRoute(route, { name, ...common });
  for (const route of routes) {
    app[methodName(route)](route.path, serve(route, `${route.method} ${route.path}`));
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    app.all(path, serve(wrongMethod(path, routes), "wrong method"));
  }
  app.use(
    serve(
      refusing(() => rpcError("ROUTE_NOT_FOUND", "there is nothing at this path")),
      "unknown path",
    ),
  );

  // Only express itself fails outside of a route: its one way is a path that it cannot decode.
  // biome-ignore lint/complexity/useMaxParams: express knows an error handler by its four parameters.
  const onError: ErrorRequestHandler = (error, request, response, next) => {
    const seen = error instanceof URIError ? rpcError("MALFORMED_REQUEST", "the path cannot be decoded") : error;
    return serve(
      refusing(() => seen),
      "unreadable path",
    )(request, response, next);
  };
  app.use(onError);
  return app;
}

function methodName({ method }: Route): "get" | "post" | "patch" {
  switch (method) {
    case "GET":
      return "get";
    case "POST":
      return "post";
    case "PATCH":
      return "patch";
  }
}

function wrongMethod(path: string, routes: readonly Route[]): Omit<Route, "method"> {
  const methods = routes
    .filter((route) => route.path === path)
    .flatMap(({ method }) => (method === "GET" ? [method, "HEAD"] : method));
  const allow = methods.join(", ");
  return refusing(() => rpcError("METHOD_NOT_ALLOWED", `this path takes ${allow}`, { metadata: { allow } }));
}

/** A route that refuses everything, strangers too: whether a path exists is no secret. */
function refusing(error: () => unknown): Omit<Route, "method"> {
  const handle = () => {
    throw error();
  };
  return { path: "", timeoutMs: 1000, isPublic: true, handle };
}
