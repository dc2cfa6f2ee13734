import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where this checkout keeps what a run leaves behind. */
export const HOME_FOLDER = fileURLToPath(new URL("../../../../.polywire", import.meta.url));

/** What is kept where below a home folder. */
export function homePaths(home: string) {
  const data = join(home, "data");
  return {
    /** Where everything is while the system runs. */
    run: join(home, "run.json"),
    /** Orders, events and the token key, kept between runs. */
    data,
    tokenKey: join(data, "token-key.json"),
    /** Compiled code of the services. */
    cache: join(home, "cache"),
  };
}
