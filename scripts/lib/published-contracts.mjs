import { spawnSync } from "node:child_process";

const CONTRACTS = "proto";

/**
 * The contracts that those in the folder must not break, as `{ commit }`: main's where the branch left it, or, when the
 * folder has the very same (on main itself, for instance), main's before they last changed: a version compared with
 * itself proves nothing. `{ skipped }` says why there is nothing to compare with.
 */
export function publishedContracts(root) {
  const git = (...args) => {
    const { status, stdout } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
  };
  const main = ["main", "origin/main"].find((branch) => git("rev-parse", "--verify", "--quiet", `${branch}^{commit}`));
  if (main === undefined) return { skipped: "there is no branch main to compare with" };
  const cut = git("rev-parse", "--is-shallow-repository") === "true";
  const base = git("merge-base", "HEAD", main);
  if (base === undefined) return { skipped: `no commit of ${main} is known here${cut ? SHALLOW : ""}` };

  const differs = git("diff", "--quiet", base, "--", CONTRACTS) === undefined;
  const changed = git("rev-list", "--first-parent", "--max-count=1", base, "--", CONTRACTS);
  const commit = differs ? base : changed && git("rev-parse", "--verify", "--quiet", `${changed}^`);
  const published = commit && git("cat-file", "-t", `${commit}:${CONTRACTS}`) !== undefined;
  return published ? { commit } : { skipped: `no earlier contracts are known here${cut ? SHALLOW : ""}` };
}

const SHALLOW = "; this clone is shallow, git fetch --unshallow brings the rest";
