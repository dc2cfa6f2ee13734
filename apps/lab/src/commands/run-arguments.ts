import { Command, InvalidArgumentError, Option } from "commander";
import { type DiscoverOptions, findExperiment } from "../experiments/framework/discover.ts";
import type { Experiment } from "../experiments/framework/experiment.ts";
import { flagOf, type Parameter, type Size } from "../experiments/framework/parameters.ts";

/** What the arguments of `lab run` say. */
export interface RunArguments {
  readonly experiment: Experiment;
  readonly json: boolean;
  readonly size: Size;
  readonly seed: number;
  /** Where to put the evidence file. */
  readonly evidence?: string;
  /** The parameters that were given. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Columns that descriptions are still wrapped to, beside flags with long choices. */
const NARROWEST_HELP = 20;
/** Choices that are longer stand in the description. */
const LONGEST_HINT = 40;
const MAX_SEED = 2 ** 32 - 1;

/**
 * Reads the arguments of `lab run`: which flags there are depends on the experiment.
 * @throws CommanderError for wrong usage, after saying what is wrong, and for `--help`, after showing it.
 */
export async function readRunArguments(args: readonly string[], options?: DiscoverOptions): Promise<RunArguments> {
  const any: Command = runCommand().helpOption(false).allowUnknownOption().allowExcessArguments();
  any.parse([...args], { from: "user" });
  const [id = ""] = any.args;
  if (id === "-h" || id === "--help") runCommand().parse([id], { from: "user" });
  if (id.startsWith("-")) any.error("error: name the experiment before its flags: lab run <id> --flag value");
  const experiment = await findExperiment(id, options);
  if (experiment === undefined) any.error(`error: there is no experiment ${id}; lab list shows those there are`);

  const command = runCommand(experiment);
  command.parse([...args], { from: "user" });
  const { json = false, size, seed, evidence, ...parameters } = command.opts();
  return { experiment, json, size, seed, parameters, ...(evidence !== undefined && { evidence }) };
}

/** The command with the flags of every experiment, and of this one. */
function runCommand(experiment?: Experiment): Command {
  const command = new Command("lab run")
    .exitOverride()
    .configureHelp({ minWidthToWrap: NARROWEST_HELP })
    .showHelpAfterError("(add --help for the flags)")
    .argument("<id>", "an experiment, or its number alone")
    .option("--json", "print one JSON document", false)
    .addOption(new Option("--size <size>", "how much to do").choices(["small", "full"]).default("small"))
    .option("--seed <n>", "the seed of every random choice", readSeed, 1)
    .option("--evidence <folder>", "keep an evidence file there");
  if (experiment === undefined) return command.description("run an experiment and say whether its claims hold");
  for (const [name, parameter] of Object.entries(experiment.parameters)) command.addOption(optionOf(name, parameter));
  return command.description(experiment.title);
}

function optionOf(name: string, { description, hint, defaults, parse, show }: Parameter<unknown>): Option {
  const { small, full } = defaults;
  const usual = small === full ? show(small) : `${show(small)}, full: ${show(full)}`;
  const fits = hint.length <= LONGEST_HINT;
  const value = hint.startsWith("<") ? hint : `<${fits ? hint : "choice"}>`;
  const text = fits ? description : `${description}: ${hint.replaceAll("|", ", ")}`;
  return new Option(`--${flagOf(name)} ${value}`, `${text} (default: ${usual})`).argParser((text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  });
}

function readSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > MAX_SEED)
    throw new InvalidArgumentError(`give a whole number from 0 to ${MAX_SEED}`);
  return seed;
}
