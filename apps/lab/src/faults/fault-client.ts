import type { Address } from "../system/front-door.ts";
import type { SetFault } from "./fault-desk.ts";

/** What another process asks of the desk of a running system. */
export interface FaultClient {
  set(hop: string, fault: string, settings: Readonly<Record<string, unknown>>): Promise<SetFault>;
  list(): Promise<readonly SetFault[]>;
  lift(id?: number): Promise<readonly SetFault[]>;
}

/** A client of the taps at this address. Rejects with what the desk says is wrong. */
export function createFaultClient(address: Address): FaultClient {
  const ask = async (init: RequestInit, query = ""): Promise<unknown> => {
    const response = await fetch(`http://${address}/faults${query}`, init);
    const body: unknown = await response.json();
    if (response.ok) return body;
    throw new Error(String(Object(body).error ?? `the running system answered ${response.status}`));
  };
  return {
    set: async (hop, fault, settings) => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ hop, fault, settings });
      return (await ask({ method: "POST", headers, body })) as SetFault;
    },
    list: async () => (await ask({ method: "GET" })) as SetFault[],
    lift: async (id) => (await ask({ method: "DELETE" }, id === undefined ? "" : `?id=${id}`)) as SetFault[],
  };
}
