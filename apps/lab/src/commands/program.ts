import { CUSTOMER_ID, CUSTOMER_SCOPES } from "@polywire/service";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { LabConfig } from "../config.ts";
import { HOPS, type Hop, isHop } from "../tap/hops.ts";
import { CALL_WIRES } from "../wires/wire.ts";

/** What `lab tap` is told about its lines, and what pictures have no use for. */
const OF_LINES = ["filter", "follow", "frames", "json"] as const;

/** The command line of the lab. */
export interface Program {
  /** Runs the command that the arguments name and resolves with the exit code. */
  run(argv: readonly string[]): Promise<number>;
}

/** Every command and flag. A command's code is loaded when it is called: help and small commands answer at once. */
export function createProgram(config: LabConfig): Program {
  let exitCode = 0;
  const action =
    <Args extends unknown[]>(command: (...args: Args) => Promise<number>) =>
    async (...args: Args): Promise<void> => {
      exitCode = await command(...args);
    };
  const program = new Command("lab")
    .description("One order domain, every wire, measured side by side.")
    .exitOverride()
    .showHelpAfterError("(add --help for the commands and flags)");

  withSystemFlags(program.command("start").description("start everything and compare the wires"))
    .option("--once", "end after the table")
    .option("--json", "print one JSON document instead of the table")
    .action(action(async (flags) => (await import("./start.ts")).start(config, flags)));
  withSystemFlags(program.command("up").description("start everything without comparing"))
    .addOption(tapOption())
    .option("--json", "print one JSON line when everything is ready")
    .action(action(async (flags) => (await import("./up.ts")).up(config, flags)));
  program
    .command("doctor")
    .description("say which real parts were found, where, and how to get a missing one")
    .option("--json", "print one JSON document")
    .action(action(async (flags) => (await import("./doctor.ts")).doctor(config, flags)));
  program
    .command("token")
    .description("print a development token")
    .requiredOption("--customer <id>", "whom it is for", customer)
    .addOption(new Option("--scope <scope...>", "what else it allows").choices(CUSTOMER_SCOPES).default([], "nothing"))
    .option("--ttl <seconds>", "how long it lives", count(1, 30 * 86_400), 3_600)
    .action(action(async (flags) => (await import("./token.ts")).token(config, flags)));
  program
    .command("call")
    .description("make one call to the running system and show it on the wire")
    .argument("<method>", "GetOrder, CreateOrder, polywire.orders.v1.OrderService/GetOrder, …")
    .argument("[json]", "the request; without it a sample")
    .addOption(new Option("--wire <wire>", "which wire carries it").choices(CALL_WIRES).default("grpc"))
    .option("--customer <id>", "who calls", customer, "lab")
    .option("--timeout <ms>", "how long the caller waits", count(1, 300_000), 5_000)
    .option("--show-wire", "explain every byte of the client's hop")
    .option("--tap", "show the hops behind it, of a run started with up --tap")
    .option("--pcapng <file>", "write what the client's hop carried, tokens included, for Wireshark")
    .option("--html <file>", "write all of it as a page that needs nothing but itself")
    .option("--json", "print one JSON document: the call, its hops, every decoded event")
    .action(action(async (name, body, flags) => (await import("./call.ts")).call(config, { name, body }, flags)));
  program
    .command("tap")
    .description("show what the taps of a run started with up --tap see, or what a capture shows")
    .addOption(hopOption("--hop <hop>", "only this hop; may be repeated"))
    .addOption(
      new Option("--import <file>", "show a capture of Wireshark or tcpdump instead").conflicts(["follow", "hop"]),
    )
    .option("--follow", "go on until Ctrl-C")
    .addOption(
      new Option("--lanes", "draw the frames over time instead, stream by stream").conflicts([...OF_LINES, "html"]),
    )
    .addOption(new Option("--html <file>", "write what is kept as a page instead").conflicts([...OF_LINES]))
    .option("--frames", "show every frame, not only calls")
    .option("--filter <text>", "only lines that hold this text")
    .option("--json", "one JSON document a line")
    .action(action(async (flags) => (await import("./tap.ts")).tap(config, flags)));
  const faults = program
    .command("faults")
    .description("play every fault against a system of its own and say what each wire makes of it")
    .option("--only <fault...>", "only these faults")
    .option("--json", "print one JSON document")
    .action(action(async (flags) => (await import("./faults.ts")).faults(config, flags)));
  faults
    .command("set")
    .description("set a fault on a hop of a run started with up --tap")
    .argument("<hop>", "quote it: 'gateway>orders'")
    .argument("<fault>", "latency, freeze, rst-stream, …: docs/faults.md has them all")
    .argument("[settings...]", "name=value, such as ms=200 direction=both times=3 forMs=5000")
    .action(
      action(async (...[hop, fault, settings]: [string, string, string[], ...unknown[]]) =>
        (await import("./set-faults.ts")).setFault(config, { hop, fault, settings }, faults.opts()),
      ),
    );
  faults
    .command("list")
    .description("show the faults that are set there, and what they have done")
    .action(action(async () => (await import("./set-faults.ts")).listFaults(config, faults.opts())));
  faults
    .command("lift")
    .description("lift one of them, or all")
    .argument("[id]", "as list shows it", count(1, 1e9))
    .action(action(async (id) => (await import("./set-faults.ts")).liftFaults(config, id, faults.opts())));
  program
    .command("list")
    .description("list the experiments and their claims")
    .option("--json", "print one JSON document")
    .action(action(async (flags) => (await import("./list.ts")).list(flags)));
  program
    .command("run")
    .description("run an experiment and say whether its claims hold")
    .usage("<id> [flags]")
    // Its flags are those of the experiment: the command reads them itself.
    .argument("[arguments...]")
    .helpOption(false)
    .allowUnknownOption()
    .action(action(async (_arguments, _flags, { args }: Command) => (await import("./run.ts")).run(config, args)));

  return {
    run: async (argv) => {
      try {
        await program.parseAsync([...argv]);
        return exitCode;
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        // Commander has said what is wrong; asking for help is not wrong.
        return error.exitCode === 0 ? 0 : 2;
      }
    },
  };
}

function withSystemFlags(command: Command): Command {
  return command
    .option("--fresh", "start with no orders and no events")
    .option("--orders <n>", "instances of the order service", count(1, 8))
    .option("--realtime <n>", "push nodes", count(1, 16))
    .option("--verbose", "show the logs of every process, each call too");
}

/** `--tap` alone means every hop. */
function tapOption(): Option {
  return hopOption("--tap [hop]", "tap every hop, or this one (quote it: 'gateway>orders'); may be repeated").preset(
    "all",
  );
}

function hopOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text, before: readonly Hop[] = []) => {
    if (text === "all") return HOPS;
    if (!isHop(text)) throw new InvalidArgumentError(`the hops are ${HOPS.join(", ")}`);
    return [...before, text];
  });
}

function count(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`give a whole number from ${least} to ${most}`);
    }
    return value;
  };
}

function customer(text: string): string {
  if (!CUSTOMER_ID.test(text)) throw new InvalidArgumentError("give 1 to 64 letters, digits, _ or -");
  return text;
}
