import { connectNodeSurface } from "./connect-node/surface.ts";
import { grpcSurface } from "./grpc/surface.ts";
import type { Surface } from "./surface.ts";

const SURFACES: Record<string, Surface> = { grpc: grpcSurface, "connect-node": connectNodeSurface };

/** The engine of this name. Throws when there is none. */
export function surfaceNamed(name: string | undefined): Surface {
  const surface = SURFACES[name ?? ""];
  if (surface === undefined) throw new Error(`name an engine: ${Object.keys(SURFACES).join(" or ")}`);
  return surface;
}
