import type { z } from "zod";
import { ConfigError } from "./config-error.ts";
import { nearestName } from "./nearest-name.ts";

const PREFIX = "POLYWIRE_";

/**
 * Reads an app's configuration from environment variables.
 *
 * An empty variable counts as absent. A `POLYWIRE_*` variable that the schema does not know is an error, because it is
 * nearly always a misspelling whose effect would be silence.
 *
 * @param schema one key for each variable, under its full name (`POLYWIRE_GRPC_PORT`)
 * @param environment usually `process.env`
 * @returns what the schema makes of it
 * @throws ConfigError naming every problem at once
 */
export function readEnvironment<S extends z.ZodObject>(schema: S, environment: NodeJS.ProcessEnv): z.output<S> {
  const known = new Set(Object.keys(schema.shape));
  const given: Record<string, string> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (known.has(name)) {
      if (value !== undefined && value !== "") given[name] = value;
    } else if (name.startsWith(PREFIX)) {
      problems.push(unknownVariable(name, known));
    }
  }
  const parsed = schema.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) {
    const name = issue.path.map(String).join(".");
    problems.push(given[name] === undefined ? `${name} is missing: ${issue.message}` : `${name}: ${issue.message}`);
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return parsed.data;
}

function unknownVariable(name: string, known: ReadonlySet<string>): string {
  const nearest = nearestName(name, known);
  return nearest === undefined
    ? `${name} is not a variable of this app; remove it. It knows ${[...known].sort().join(", ")}`
    : `${name} is not a variable of this app; did you mean ${nearest}?`;
}
