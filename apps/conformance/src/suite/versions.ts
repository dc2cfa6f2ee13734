import { readFile } from "node:fs/promises";

const PACKAGES = ["@grpc/grpc-js", "@connectrpc/connect-node", "@bufbuild/protobuf"];
const CATALOG = new URL("../../../../pnpm-workspace.yaml", import.meta.url);

/** What was judged by what: the versions of the suite, of Node and of the packages that decide. */
export async function describeVersions(suite: string): Promise<string> {
  const catalog = await readFile(CATALOG, "utf8");
  const packages = PACKAGES.map((name) => `${name} ${new RegExp(`"${name}": (\\S+)`).exec(catalog)?.[1] ?? "?"}`);
  return `Suite ${suite}, Node.js ${process.versions.node}, ${packages.join(", ")}.`;
}
