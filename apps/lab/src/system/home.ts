import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where this checkout keeps what a run leaves behind. */
export const HOME_FOLDER = fileURLToPath(new URL("../../../../.polywire/", import.meta.url));

/** Orders, events and the token key, kept between runs. */
export const DATA_FOLDER = join(HOME_FOLDER, "data");
