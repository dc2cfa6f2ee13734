import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { PartOptions } from "@polywire/system";
import { findParts } from "../../system/parts.ts";
import type { Need } from "./experiment.ts";

/** Where to look for the parts. */
export interface MissingPartsOptions {
  readonly partOptions: PartOptions;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Of the parts that an experiment needs, those this machine does not have: a line each, with how to get it. */
export async function missingParts(needs: readonly Need[], options: MissingPartsOptions): Promise<string[]> {
  const servers = needs.some((need) => need !== "chromium") ? await findParts(options.partOptions) : undefined;
  return needs.flatMap((need) => {
    if (need === "chromium") return hasChromium(options.environment) ? [] : [NO_CHROMIUM];
    const part = servers?.[need === "pg" ? "postgres" : need];
    return part === undefined || part.found ? [] : [`${part.part} is absent (${part.reason}): ${part.howTo}`];
  });
}

const NO_CHROMIUM = "chromium is absent: install it and put it on PATH or name it in CHROMIUM_BIN";

function hasChromium({ CHROMIUM_BIN, PATH = "" }: MissingPartsOptions["environment"]): boolean {
  const named = CHROMIUM_BIN === undefined ? [] : [CHROMIUM_BIN];
  const onPath = PATH.split(delimiter).flatMap((folder) => [
    join(folder, "chromium"),
    join(folder, "chromium-browser"),
  ]);
  return [...named, ...onPath].some(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
