import { expect, test } from "vitest";
import { type CorsOptions, cors } from "../src/index.ts";
import { httpServer } from "./http-server.ts";

const PAGE = "http://localhost:5173";

async function corsServer(allowedOrigins: string[], options?: CorsOptions) {
  const apply = cors(allowedOrigins, options);
  return httpServer((request, response) => {
    if (!apply(request, response)) response.end("answered");
  });
}

function ask(url: string, { method = "GET", origin }: { method?: string; origin?: string }) {
  const headers: Record<string, string> = origin === undefined ? {} : { origin };
  if (method === "OPTIONS") headers["access-control-request-method"] = "POST";
  return fetch(url, { method, headers });
}

test("cors + lets a page of an allowed origin call and read the fields it needs", async () => {
  await using server = await corsServer([PAGE]);
  const response = await ask(server.url, { origin: PAGE });
  expect(await response.text()).toBe("answered");
  expect(response.headers.get("access-control-allow-origin")).toBe(PAGE);
  expect(response.headers.get("access-control-expose-headers")).toContain("etag");
  expect(response.headers.get("vary")).toBe("Origin");
});

test("cors + answers preflights itself", async () => {
  await using server = await corsServer([PAGE], { requestHeaders: ["authorization", "connect-timeout-ms"] });
  const response = await ask(server.url, { method: "OPTIONS", origin: PAGE });
  expect(response.status).toBe(204);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "access-control-allow-origin": PAGE,
    "access-control-allow-methods": "GET, POST, PATCH",
    "access-control-allow-headers": "authorization, connect-timeout-ms",
    "access-control-max-age": "7200",
  });
});

test("cors + tells other origins nothing, but varies by origin for caches", async () => {
  await using server = await corsServer([PAGE]);
  for (const origin of ["http://localhost:5174", "https://localhost:5173", "null", `${PAGE}.evil.example`, undefined]) {
    for (const method of ["GET", "OPTIONS"]) {
      const response = await ask(server.url, origin === undefined ? { method } : { method, origin });
      expect(response.headers.has("access-control-allow-origin")).toBe(false);
      expect(response.headers.has("access-control-allow-methods")).toBe(false);
      expect(response.headers.get("vary")).toBe("Origin");
    }
  }
});

test("cors + an OPTIONS request that is no preflight, and every request without allowed origins, goes on", async () => {
  await using server = await corsServer([PAGE]);
  expect(await (await fetch(server.url, { method: "OPTIONS" })).text()).toBe("answered");
  await using closed = await corsServer([]);
  const response = await ask(closed.url, { method: "OPTIONS", origin: PAGE });
  expect([await response.text(), response.headers.get("vary")]).toEqual(["answered", null]);
});

test("cors + refuses entries that are not origins", () => {
  for (const entry of ["*", "localhost:5173", "http://localhost:5173/", "http://a/b", "ftp://a", "", "null"]) {
    expect(() => cors([entry])).toThrow(TypeError);
  }
});
