import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { EXPERIMENT_ID, type Experiment } from "./experiment.ts";

/** Where to look. */
export interface DiscoverOptions {
  /** The folder of experiments, one folder each. Default: that of the lab. */
  readonly folder?: string;
}

const EXPERIMENTS_FOLDER = fileURLToPath(new URL("..", import.meta.url));

/** Every experiment, in the order of their numbers. */
export async function discoverExperiments(options: DiscoverOptions = {}): Promise<Experiment[]> {
  const { folder = EXPERIMENTS_FOLDER } = options;
  return await Promise.all((await experimentIds(folder)).map((id) => load(folder, id)));
}

/** The experiment of this id, or of this number; undefined when there is none. Loads no other. */
export async function findExperiment(
  idOrNumber: string,
  options: DiscoverOptions = {},
): Promise<Experiment | undefined> {
  const { folder = EXPERIMENTS_FOLDER } = options;
  const number = /^\d+$/.test(idOrNumber) ? Number(idOrNumber) : undefined;
  const id = (await experimentIds(folder)).find((id) => id === idOrNumber || Number.parseInt(id, 10) === number);
  return id === undefined ? undefined : await load(folder, id);
}

async function experimentIds(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const ids = entries.filter((entry) => entry.isDirectory() && EXPERIMENT_ID.test(entry.name)).map(({ name }) => name);
  return ids.sort();
}

async function load(folder: string, id: string): Promise<Experiment> {
  const file = join(folder, id, "index.ts");
  const { experiment }: { experiment?: Experiment } = await import(pathToFileURL(file).href);
  if (experiment?.id !== id) throw new Error(`${file} must export an experiment with the id ${id}`);
  return experiment;
}
