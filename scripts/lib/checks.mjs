import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pinnedPnpm } from "./install.mjs";
import { pinnedEnvironment } from "./launch.mjs";
import { publishedContracts } from "./published-contracts.mjs";
import { ROOT } from "./root.mjs";

/** What is generated, by the template that says from what. */
const GENERATED = [
  { template: "buf.gen.yaml", folder: "packages/contract/src/gen" },
  { template: "apps/conformance/buf.gen.yaml", folder: "apps/conformance/src/gen" },
];

/** Every static check: a name, and what answers `{ ok, output, note }`; `note` is shown although the check passed. */
const CHECKS = [
  // turbo itself looks for pnpm on PATH.
  { name: "types", check: () => tool("npx", ["--yes", pinnedPnpm(ROOT), "exec", ...TURBO]) },
  { name: "format and lint", check: () => tool("biome", ["ci", "."]) },
  { name: "promises", check: () => tool("oxlint", ["--type-aware", "--deny-warnings"]) },
  { name: "unused code", check: () => tool("knip", []) },
  { name: "contracts: lint", check: () => tool("buf", ["lint"]) },
  { name: "contracts: nothing broken", check: breaking },
  { name: "generated code is fresh", check: freshness },
];

const TURBO = ["turbo", "run", "typecheck", "--output-logs=errors-only", "--no-update-notifier"];

/** Runs every check, a failed one does not stop the others. Answers the names of those that failed. */
export function runChecks(checks = CHECKS, write = (text) => process.stdout.write(text)) {
  const failed = [];
  for (const { name, check } of checks) {
    const startedAt = Date.now();
    const { ok, output, note } = check();
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    write(`${ok ? "ok    " : "failed"} ${name} (${seconds} s)${note === undefined ? "" : `: ${note}`}\n`);
    if (ok) continue;
    failed.push(name);
    write(`${output.trimEnd()}\n`);
  }
  return failed;
}

function breaking() {
  const { commit, skipped } = publishedContracts(ROOT);
  if (commit === undefined) return { ok: true, output: "", note: `skipped, ${skipped}` };
  return inTemporaryFolder((folder) => {
    // Not `.git#ref=`: buf would fetch the commit, which fails for one that no branch names, and in a worktree.
    const archive = join(folder, "published.tar");
    const packed = tool("git", ["archive", "--output", archive, commit, "proto", "buf.yaml"]);
    if (!packed.ok) return packed;
    return { ...tool("buf", ["breaking", "--against", archive]), note: `since ${commit.slice(0, 9)}` };
  });
}

function freshness() {
  return inTemporaryFolder((output) => {
    for (const { template, folder } of GENERATED) {
      const generate = ["generate", "--template", template];
      const generated = tool("buf", [...generate, "--output", output]);
      if (!generated.ok) return generated;
      const same = tool("git", ["diff", "--no-index", "--stat", "--exit-code", folder, join(output, folder)]);
      if (!same.ok)
        return { ok: false, output: `${same.output}\nrun buf ${generate.join(" ")} and commit what changes` };
    }
    return { ok: true, output: "" };
  });
}

function inTemporaryFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), "polywire-check-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tool(command, args) {
  const environment = { ...pinnedEnvironment(), NO_COLOR: "1", TURBO_TELEMETRY_DISABLED: "1" };
  const result = spawnSync(command, args, {
    cwd: ROOT,
    env: environment,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const output = result.error === undefined ? result.stdout + result.stderr : String(result.error);
  return { ok: result.status === 0, output };
}
