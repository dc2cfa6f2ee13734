import { buildWithGo } from "./build-with-go.ts";
import { findProgram } from "./find-program.ts";
import { resolvePartOptions } from "./options.ts";
import type { PartFound, PartMissing, PartOptions } from "./part.ts";
import { GRPCURL } from "./versions.ts";

/** Finds grpcurl, which judges reflection from outside: PATH, `.tools/`, or built from source with Go. */
export async function findGrpcurl(options?: PartOptions): Promise<PartFound | PartMissing> {
  const resolved = resolvePartOptions(options);
  const program = { part: "grpcurl", program: "grpcurl" } as const;
  return findProgram(
    {
      ...program,
      versions: GRPCURL,
      fetch: (target) =>
        buildWithGo(target, resolved, {
          ...program,
          module: "github.com/fullstorydev/grpcurl/cmd/grpcurl",
          version: GRPCURL.pinned,
          versionVariable: "main.version",
        }),
      howTo: "install Go 1.24 or newer and start again (grpcurl is then built from source)",
    },
    resolved,
  );
}
