import { join } from "node:path";
import { searchPath } from "./find-program.ts";
import type { PartName, ResolvedPartOptions } from "./part.ts";
import { runCommand } from "./run-command.ts";
import { fetchTool } from "./tools-folder.ts";

/** A program that is built from a public Go module. */
export interface GoProgram {
  readonly part: PartName;
  /** File name of what is built: the last element of the package's path, a major version aside. */
  readonly program: string;
  /** Path of the package, without a version. */
  readonly module: string;
  readonly version: string;
  /** The variable that tells the program its version, for one that does not find out by itself. */
  readonly versionVariable?: string;
}

/** Builds a Go program at exactly its version and puts it at `target`. Answers why not, when it cannot be had. */
export async function buildWithGo(
  target: string,
  options: ResolvedPartOptions,
  { part, program, module, version, versionVariable }: GoProgram,
): Promise<string | undefined> {
  const { environment, fetchTimeoutMs: timeoutMs, signal } = options;
  const go = await searchPath("go", environment.PATH ?? "");
  if (go === undefined) return `no ${program} was found, and there is no go on PATH to build it with`;
  return fetchTool(
    target,
    {
      part,
      message: `building ${program} ${version} from source with Go (about a minute, once)`,
      make: async (folder) => {
        const goEnvironment = { ...environment, GOBIN: folder, CGO_ENABLED: "0" };
        const flags = versionVariable === undefined ? [] : ["-ldflags", `-X ${versionVariable}=v${version}`];
        const args = ["install", ...flags, `${module}@v${version}`];
        const result = await runCommand(go, args, { environment: goEnvironment, timeoutMs, signal });
        if (!result.ok) throw new Error(`go ${args.join(" ")} failed: ${result.output}`);
        return join(folder, program);
      },
    },
    options,
  );
}
