import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkNode } from "./lib/check-node.mjs";
import { runChecks } from "./lib/checks.mjs";
import { publishedContracts } from "./lib/published-contracts.mjs";
import { ROOT } from "./lib/root.mjs";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "polywire-launcher-"));
  mkdirSync(join(root, "packages/one"), { recursive: true });
  writeFileSync(join(root, "package.json"), '{ "packageManager": "pnpm@1.2.3+sha512.abc", "type": "module" }');
  writeFileSync(join(root, "packages/one/package.json"), "{}");
  writeFileSync(join(root, "pnpm-lock.yaml"), "a");
});
afterEach(() => rmSync(root, { recursive: true }));

/** A stand-in for npx that notes what it was asked, says something on standard output, and "installs" this Node. */
function fakeNpx(code = 0) {
  const bin = join(root, "bin");
  mkdirSync(bin, { recursive: true });
  const install = `mkdir -p node_modules/.bin; ln -sf "${process.execPath}" node_modules/.bin/node`;
  writeFileSync(join(bin, "npx"), `#!/bin/sh\necho "$@" >> asked\necho from the installer\n${install}\nexit ${code}\n`);
  chmodSync(join(bin, "npx"), 0o755);
  return { ...process.env, PATH: `${bin}:${process.env.PATH}` };
}

/** A launcher that hands over to `target` in the temporary repository. */
function launcher(target) {
  writeFileSync(join(root, "target.mjs"), target);
  const launch = pathToFileURL(join(ROOT, "scripts/lib/launch.mjs")).href;
  const code = `import { launch } from ${JSON.stringify(launch)}; await launch(["target.mjs", "a", "b c"], ${JSON.stringify(root)});`;
  writeFileSync(join(root, "launcher.mjs"), code);
  return [join(root, "launcher.mjs")];
}

function installed() {
  mkdirSync(join(root, "node_modules/.bin"), { recursive: true });
  symlinkSync(process.execPath, join(root, "node_modules/.bin/node"));
}

const NEVER_ENDS = "setInterval(() => {}, 1000);";

test.each(["18.20.4", "0.12.0", "19.9.0", "nonsense"])("checkNode refuses %s in one line", (version) => {
  expect(checkNode(version)).toMatch(new RegExp(`^Polywire needs Node 20 or newer .* this is Node ${version}: .*$`));
});

test.each(["20.0.0", "24.21.0", "100.0.0"])("checkNode accepts %s", (version) => {
  expect(checkNode(version)).toBeUndefined();
});

test.each(["start", "lab", "test", "check", "bench", "conformance"])(
  "%s.mjs on Node 18 prints one line and exits 1",
  (name) => {
    const old = `data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"18.20.4"}})`;
    const args = ["--import", old, join(ROOT, "scripts", `${name}.mjs`)];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^Polywire needs Node 20 or newer .*18\.20\.4.*\n$/);
  },
);

test("launch installs with the pinned pnpm only when something changed, and keeps standard output clean", () => {
  const env = fakeNpx();
  const args = launcher("console.log(JSON.stringify(process.argv.slice(2)))");
  const once = () => spawnSync(process.execPath, args, { env, encoding: "utf8" });
  const asked = () => readFileSync(join(root, "asked"), "utf8").trim().split("\n");

  const first = once();
  expect(first).toMatchObject({ status: 0, stdout: '["a","b c"]\n' });
  expect(first.stderr).toContain("from the installer");
  expect(asked()).toEqual(["--yes pnpm@1.2.3 install --frozen-lockfile --config.confirmModulesPurge=false"]);

  expect(once().stderr).toBe("");
  expect(asked()).toHaveLength(1);

  for (const file of ["pnpm-lock.yaml", "packages/one/package.json"]) {
    writeFileSync(join(root, file), '{ "changed": true }');
    once();
  }
  expect(asked()).toHaveLength(3);
});

test("launch whose installer fails says so, keeps its code and tries again the next time", () => {
  const env = fakeNpx(7);
  const args = launcher("console.log('never')");
  for (const _ of [1, 2]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
    expect({ status, stdout }).toEqual({ status: 7, stdout: "" });
    expect(stderr).toContain("pnpm@1.2.3 could not install the packages");
  }
});

test("launch ends with the code or by the signal of what it handed over to", () => {
  const env = fakeNpx();
  const end = (target) => spawnSync(process.execPath, launcher(target), { env });
  expect(end("process.exitCode = 3").status).toBe(3);
  expect(end("process.kill(process.pid, 'SIGABRT')").signal).toBe("SIGABRT");
});

/** Starts a launcher and waits until what it handed over to says that it is up. */
async function started(target) {
  installed();
  const child = spawn(process.execPath, launcher(target), { env: fakeNpx(), stdio: ["ignore", "pipe", "ignore"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  while (!output.includes("up")) await once(child.stdout, "data");
  return { child, output: () => output };
}

test.each(["SIGINT", "SIGTERM"])("launch forwards %s exactly once, however often it arrives", async (signal) => {
  const { child, output } = await started(`
    process.on(${JSON.stringify(signal)}, () => { console.log("got it"); setTimeout(() => process.exit(0), 300); });
    console.log("up"); ${NEVER_ENDS}`);
  child.kill(signal);
  while (!output().includes("got it")) await once(child.stdout, "data");
  child.kill(signal);
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  expect(output().match(/got it/g)).toHaveLength(1);
});

test("launch that is killed with SIGKILL takes what it handed over to with it, gently", async () => {
  const { child, output } = await started(`
    process.on("SIGTERM", () => { console.log("stopping"); process.exit(0); });
    console.log("up " + process.env.LAUNCHER_PID); ${NEVER_ENDS}`);
  child.kill("SIGKILL");
  // The pipe is held by the other process too: it closes when both are gone.
  await once(child, "close");
  expect(output()).toBe("up undefined\nstopping\n");
});

test("runChecks runs every check and names those that failed", () => {
  const ran = [];
  const check = (name, ok) => ({
    name,
    check: () => {
      ran.push(name);
      return { ok, output: ok ? "" : "what is wrong" };
    },
  });
  const lines = [];
  const checks = [check("a", true), check("b", false), check("c", true)];
  expect(runChecks(checks, (text) => lines.push(text))).toEqual(["b"]);
  expect(lines.join("")).toMatch(/^ok {5}a \(0\.0 s\)\nfailed b \(0\.0 s\)\nwhat is wrong\nok {5}c .*\n$/);
  expect(ran).toEqual(["a", "b", "c"]);
});

test("publishedContracts are main's where the branch left it, or those before main's last change, never the same ones", () => {
  const git = (...args) => {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
    const { status, stdout, stderr } = spawnSync("git", [...identity, ...args], { cwd: root, encoding: "utf8" });
    expect(status, stderr).toBe(0);
    return stdout.trim();
  };
  const commit = (file, text) => {
    mkdirSync(join(root, "proto"), { recursive: true });
    writeFileSync(join(root, file), text);
    git("add", file);
    git("commit", "-m", text);
    return git("rev-parse", "HEAD");
  };
  const skipped = { skipped: expect.stringContaining("no earlier contracts") };

  git("init", "--initial-branch=main");
  commit("other", "before the contracts");
  const first = commit("proto/a.proto", "first contracts");
  expect(publishedContracts(root)).toEqual(skipped);
  const second = commit("proto/a.proto", "second contracts");
  expect(publishedContracts(root)).toEqual({ commit: first });
  commit("other", "something else");
  expect(publishedContracts(root)).toEqual({ commit: first });

  writeFileSync(join(root, "proto/a.proto"), "not committed");
  const head = git("rev-parse", "HEAD");
  expect(publishedContracts(root)).toEqual({ commit: head });
  git("checkout", "proto");
  git("checkout", "-b", "branch", second);
  commit("proto/a.proto", "third contracts");
  expect(publishedContracts(root)).toEqual({ commit: second });

  git("clone", "--depth=1", pathToFileURL(root).href, "shallow", "--branch=main");
  const shallow = publishedContracts(join(root, "shallow"));
  expect(shallow).toEqual({ skipped: expect.stringContaining("--unshallow") });
  git("branch", "-D", "main");
  expect(publishedContracts(root)).toEqual({ skipped: "there is no branch main to compare with" });
});

test("bench.mjs that is asked for an unknown benchmark lists those there are, and check.mjs takes no arguments", () => {
  const bench = spawnSync(process.execPath, [join(ROOT, "scripts/bench.mjs"), "no-such"], { encoding: "utf8" });
  expect(bench).toMatchObject({ status: 2, stdout: "" });
  expect(bench.stderr).toContain("no benchmark matches no-such");
  expect(spawnSync(process.execPath, [join(ROOT, "scripts/check.mjs"), "--fast"]).status).toBe(2);
});
