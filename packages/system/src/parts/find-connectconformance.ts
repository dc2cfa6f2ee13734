import { buildWithGo } from "./build-with-go.ts";
import { findProgram } from "./find-program.ts";
import { resolvePartOptions } from "./options.ts";
import type { PartFound, PartMissing, PartOptions } from "./part.ts";
import { CONNECTCONFORMANCE } from "./versions.ts";

/** Finds the runner of the public Connect conformance suite: PATH, `.tools/`, or built from source with Go. */
export async function findConnectconformance(options?: PartOptions): Promise<PartFound | PartMissing> {
  const resolved = resolvePartOptions(options);
  const program = { part: "connectconformance", program: "connectconformance" } as const;
  return findProgram(
    {
      ...program,
      versions: CONNECTCONFORMANCE,
      fetch: (target) =>
        buildWithGo(target, resolved, {
          ...program,
          module: "connectrpc.com/conformance/cmd/connectconformance",
          version: CONNECTCONFORMANCE.pinned,
        }),
      howTo: "install Go 1.26 or newer and start again (the runner is then built from source)",
    },
    resolved,
  );
}
