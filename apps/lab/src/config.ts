import { readEnvironment } from "@polywire/service";
import { z } from "zod";

/** What the environment says to the lab. */
export interface LabConfig {
  /** All of it: for finding programs, and for the tools that fetch them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Preferred port of the front door; when it is in use another is taken, and said. */
  readonly port: number;
}

const ENVIRONMENT = z.object({
  POLYWIRE_PORT: z.coerce.number().int().min(1).max(65_535).default(8080),
  /** Read by `partOptionsFromEnvironment`. */
  POLYWIRE_POSTGRES_URL: z.string().optional(),
  POLYWIRE_NATS_URL: z.string().optional(),
});

/** Checks the environment. Throws a `ConfigError` that lists every mistake. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): LabConfig {
  const { POLYWIRE_PORT } = readEnvironment(ENVIRONMENT, environment);
  return { environment, port: POLYWIRE_PORT };
}
