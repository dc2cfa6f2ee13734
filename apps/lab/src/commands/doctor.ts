import { styleText } from "node:util";
import type { PartFound, PartMissing } from "@polywire/system";
import type { LabConfig } from "../config.ts";
import { findParts } from "../system/parts.ts";
import { renderTable } from "../terminal/table.ts";
import { partOptions } from "./start-options.ts";

/**
 * Says which real parts this machine has, where, which version, and how to get one that is missing. Fetches nothing.
 * @returns the exit code: 1 when a part is missing
 */
export async function doctor(config: LabConfig, { json = false }: { readonly json?: boolean }): Promise<number> {
  const parts = await findParts({ ...partOptions(config, () => undefined), fetch: false });
  const found = Object.values(parts);
  process.stdout.write(json ? `${JSON.stringify({ node: process.version, parts })}\n` : `${report(found)}\n`);
  return found.every((part) => part.found) ? 0 : 1;
}

function report(parts: readonly (PartFound | PartMissing)[]): string {
  const rows = [
    [styleText("green", "✓"), "node", process.version, "package", process.execPath],
    ...parts.map((part) =>
      part.found
        ? [styleText("green", "✓"), part.part, part.version, part.where, part.path ?? part.url ?? ""]
        : [styleText("red", "✗"), part.part, "missing", "", part.reason],
    ),
  ];
  const table = renderTable(
    [{ title: "" }, { title: "part" }, { title: "version" }, { title: "found by" }, { title: "where" }],
    rows,
  );
  const advice = parts.flatMap((part) => [...part.notices, ...(part.found ? [] : [`${part.part}: ${part.howTo}`])]);
  return [table, ...advice.map((line) => styleText("yellow", `! ${line}`))].join("\n");
}
