import { resolve } from "node:path";
import { readEnvironment, variables, wholeNumber } from "@polywire/service";
import { z } from "zod";
import { HOME_FOLDER } from "./system/home.ts";

/** What the environment says to the lab. */
export interface LabConfig {
  /** All of it: for finding programs, and for the tools that fetch them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Preferred port of the front door; when it is in use another is taken, and said. */
  readonly port: number;
  /** Folder of the data and the discovery file. */
  readonly home: string;
}

const ENVIRONMENT = z.object({
  POLYWIRE_PORT: wholeNumber(1, 65_535).default(8080),
  /** Default: `.polywire` in the repository. */
  POLYWIRE_HOME: z
    .string()
    .transform((path) => resolve(path))
    .default(HOME_FOLDER),
  /** Read by `partOptionsFromEnvironment`. */
  POLYWIRE_POSTGRES_URL: variables.postgresUrl.optional(),
  POLYWIRE_NATS_URL: z.url({ protocol: /^nats$/, error: "expected nats://host:port" }).optional(),
});

/** Checks the environment. Throws a `ConfigError` that lists every mistake. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): LabConfig {
  const { POLYWIRE_PORT, POLYWIRE_HOME } = readEnvironment(ENVIRONMENT, environment);
  return { environment, port: POLYWIRE_PORT, home: POLYWIRE_HOME };
}
