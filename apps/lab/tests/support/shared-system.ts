import { readFileSync } from "node:fs";
import { openTokenIssuer } from "@polywire/service";
import { inject } from "vitest";
import type { RunDocument } from "../../src/system/discovery.ts";
import { homePaths } from "../../src/system/home.ts";
import type { Endpoints } from "../../src/wires/routes.ts";

/** The running system that the system tests share, as its discovery file describes it. */
export function sharedSystem() {
  const paths = homePaths(inject("systemHome"));
  const run = JSON.parse(readFileSync(paths.run, "utf8")) as RunDocument;
  const address = (name: string, port: "http" | "grpc" | "connect"): string => {
    const found = run.services.find((service) => service.name === name)?.[port];
    if (found === undefined || found === null) throw new Error(`the system offers no ${port} of ${name}`);
    return found;
  };
  const endpoints: Endpoints = {
    frontDoor: run.frontDoor,
    gateway: address("gateway", "http"),
    ordersGrpc: address("orders", "grpc"),
    ordersConnect: address("orders", "connect"),
    realtime: address("realtime", "http"),
  };
  return {
    run,
    endpoints,
    frontDoor: `http://${run.frontDoor}`,
    issueToken: async (subject: string, scopes: readonly string[] = [], ttlSeconds = 3_600) =>
      (await openTokenIssuer(paths.tokenKey)).issue({ subject, scopes, ttlSeconds }),
  };
}
