/** What `/endpoints.json` says; the page never hard-codes an address. */
export interface Endpoints {
  readonly frontDoor: string | null;
  /** Where the browser reaches each surface. */
  readonly surfaces: { readonly rpc: string; readonly rest: string; readonly realtime: string };
  readonly parts: { readonly postgres: string | null; readonly nats: string | null; readonly envoy: string | null };
  readonly services: readonly ServiceEndpoint[];
}

/** One running process. */
export interface ServiceEndpoint {
  readonly name: string;
  readonly instance: string;
  readonly http: string | null;
  readonly grpc: string | null;
  readonly connect: string | null;
  readonly ready: boolean;
}

/** Asks the origin that served the page. */
export async function fetchEndpoints(): Promise<Endpoints> {
  const response = await fetch("/endpoints.json");
  if (!response.ok) throw new Error(`/endpoints.json answered ${response.status}`);
  return (await response.json()) as Endpoints;
}
