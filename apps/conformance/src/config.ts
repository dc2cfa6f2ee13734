import { type PartOptions, partOptionsFromEnvironment } from "@polywire/system";

/** Where the runner is looked for. */
export function partsFromEnvironment(): PartOptions {
  return partOptionsFromEnvironment(process.env);
}
