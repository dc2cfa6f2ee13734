import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { prepare, runPinned } from "./lib/launch.mjs";
import { ROOT } from "./lib/root.mjs";
import { exitLike } from "./lib/run.mjs";

const folders = ["packages", "apps"].flatMap((parent) =>
  readdirSync(join(ROOT, parent)).map((name) => join(parent, name)),
);
const all = folders.flatMap((path) => {
  const folder = join(path, "bench");
  const files = existsSync(join(ROOT, folder)) ? readdirSync(join(ROOT, folder)) : [];
  return files.filter((file) => file.endsWith(".bench.ts")).map((file) => join(folder, file));
});
const wanted = process.argv.slice(2);
const unknown = wanted.filter((word) => !all.some((file) => file.includes(word)));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark matches ${unknown.join(", ")}; there are:\n${all.join("\n")}\n`);
  process.exit(2);
}
await prepare();
let end = { code: 0, signal: null };
for (const file of all.filter((each) => wanted.length === 0 || wanted.some((word) => each.includes(word)))) {
  process.stdout.write(`\n${file}\n`);
  const each = await runPinned([file]);
  if (each.signal !== null) exitLike(each);
  if (each.code !== 0) end = each;
}
exitLike(end);
