import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BIOME = join(ROOT, "node_modules/.bin/biome");

/** A checkout of nothing but planted files, under the real rules. */
let planted;
beforeAll(() => {
  planted = mkdtempSync(join(tmpdir(), "polywire-architecture-"));
  cpSync(join(ROOT, "biome.json"), join(planted, "biome.json"));
});
afterAll(() => rmSync(planted, { recursive: true }));

/** The rules that a file breaks. */
async function brokenRules(path, source) {
  const file = join(planted, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  const args = ["lint", "--vcs-enabled=false", "--reporter=json", path];
  const { stdout } = await promisify(execFile)(BIOME, args, { cwd: planted }).catch((failed) => failed);
  const { diagnostics } = JSON.parse(stdout.slice(stdout.indexOf("{")));
  return diagnostics.filter(({ severity }) => severity === "error").map(({ category }) => category.split("/").at(-1));
}

const imports = (name) => `import { a } from "${name}";\na();\n`;

test.each([
  ["a package imports the layer above", "packages/rpc/src/x.ts", imports("@polywire/grpc")],
  ["a package imports an app", "packages/http/src/x.ts", imports("@polywire/app-orders")],
  ["wire knows the contract", "packages/wire/src/x.ts", imports("@polywire/contract/polywire/orders/v1/order")],
  ["a package reaches into another", "packages/grpc/src/x.ts", imports("../../rpc/src/codes.ts")],
  ["an app imports another app", "apps/orders/src/x.ts", imports("@polywire/app-pricing")],
  ["an app reaches into another", "apps/gateway/src/deep/er.ts", imports("../../../orders/src/app.ts")],
  ["a service imports what measures it", "apps/orders/src/x.ts", imports("@polywire/measure")],
])("lint refuses that %s", async (_, path, source) => {
  expect(await brokenRules(path, source)).toContain("noRestrictedImports");
});

test.each([
  ["console in a package", "packages/rpc/src/y.ts", "console.log(1);\n", "noConsole"],
  ["the environment outside config", "apps/orders/src/y.ts", "export const a = process.env.A;\n", "noProcessEnv"],
  ["a default export", "packages/rpc/src/z.ts", "export default 1;\n", "noDefaultExport"],
  ["a package that is not declared", "packages/rpc/src/v.ts", imports("left-pad"), "noUndeclaredDependencies"],
])("lint refuses %s", async (...[, path, source, rule]) => {
  if (rule === "noUndeclaredDependencies") writeFileSync(join(planted, "packages/rpc/package.json"), "{}");
  expect(await brokenRules(path, source)).toContain(rule);
});

test.each([
  ["values", imports("./two.ts"), imports("./one.ts")],
  ["types alone", 'import type { Two } from "./two.ts";\n', 'import type { One } from "./one.ts";\n'],
])("lint refuses an import cycle of %s", async (_, one, two) => {
  await brokenRules("packages/rpc/src/one.ts", one);
  expect(await brokenRules("packages/rpc/src/two.ts", two)).toContain("noImportCycles");
});

test("lint accepts what the layers allow", async () => {
  expect(await brokenRules("packages/grpc/src/ok.ts", imports("@polywire/rpc"))).not.toContain("noRestrictedImports");
  expect(await brokenRules("apps/orders/src/deep/ok.ts", imports("../app.ts"))).not.toContain("noRestrictedImports");
  expect(await brokenRules("apps/orders/src/config.ts", "export const a = process.env.A;\n")).toEqual([]);
});
