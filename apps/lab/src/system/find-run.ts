import { readFile } from "node:fs/promises";
import type { Endpoints } from "../wires/routes.ts";
import type { RunDocument, ServiceEntry } from "./discovery.ts";
import type { Address } from "./front-door.ts";
import { homePaths } from "./home.ts";

/** The system that runs with this home folder. Throws what to do when none does. */
export async function findRun(home: string): Promise<RunDocument> {
  const text = await readFile(homePaths(home).run, "utf8").catch(() => null);
  const run: RunDocument | null = text === null ? null : JSON.parse(text);
  if (run === null || !isRunning(run.pid)) {
    throw new Error("no system is running here: start one with `npm start` or `npm run lab -- up`");
  }
  return run;
}

/** Where clients reach that system. */
export function runEndpoints(run: RunDocument): Endpoints {
  const address = (name: string, port: "connect" | "grpc" | "http"): Address => {
    const found = run.services.find((service: ServiceEntry) => service.name === name)?.[port];
    if (found === undefined || found === null) throw new Error(`the running system offers no ${port} of ${name}`);
    return found;
  };
  return {
    frontDoor: run.frontDoor,
    gateway: address("gateway", "http"),
    ordersGrpc: address("orders", "grpc"),
    ordersConnect: address("orders", "connect"),
    realtime: address("realtime", "http"),
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
