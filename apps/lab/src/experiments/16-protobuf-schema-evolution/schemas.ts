import type { DescMessage } from "@bufbuild/protobuf";
import { type Buf, buildImage, type Image, type ProtoFiles } from "./buf.ts";
import { EDITS, type Edit, type Version } from "./edits.ts";

/** Every edit compiled: the modules before and after. */
export interface Schemas {
  readonly before: Image;
  readonly after: Image;
}

/** A message that has a list of orders for each edit: protobuf-go reads all of them at once. */
export const CELLS = "cells.Cells";

/** Compiles the modules. */
export async function buildSchemas(buf: Buf): Promise<Schemas> {
  const [before, after] = await Promise.all([
    buildImage(
      buf,
      "before",
      filesOf(({ before: version }) => version),
    ),
    buildImage(
      buf,
      "after",
      filesOf(({ after: version }) => version),
    ),
  ]);
  return { before, after };
}

/** The file of an edit: what `buf breaking` calls it. */
export function pathOf({ name }: Edit): string {
  return `${packageOf(name)}/order.proto`;
}

/** The order of an edit in one of the modules. */
export function orderOf({ name }: Edit, { registry }: Image): DescMessage {
  const message = registry.getMessage(`${packageOf(name)}.Order`);
  if (message === undefined) throw new Error(`the module has no order of ${name}`);
  return message;
}

/** The name of the edit's list in {@link CELLS}. */
export function packageOf(editName: string): string {
  return editName.replaceAll("-", "_");
}

function filesOf(versionOf: (edit: Edit) => Version | null): ProtoFiles {
  const orders = EDITS.map((edit) => {
    const version = versionOf(edit);
    const lines = [
      edit.syntax ?? 'syntax = "proto3";',
      `package ${packageOf(edit.name)};`,
      version?.beside ?? "",
      "message Order {",
      "  string id = 1;",
      `  ${version?.field ?? ""}`,
      "  int32 revision = 9;",
      "}",
    ];
    return [pathOf(edit), lines.join("\n")];
  });
  const cells = [
    'syntax = "proto3";',
    "package cells;",
    ...EDITS.map((edit) => `import "${pathOf(edit)}";`),
    "message Cells {",
    ...EDITS.map(({ name }, index) => `  repeated .${packageOf(name)}.Order ${packageOf(name)} = ${index + 1};`),
    "}",
  ];
  return { ...Object.fromEntries(orders), "cells.proto": cells.join("\n") };
}
