import type { ValidityCheck } from "../framework/experiment.ts";
import { type Book, openBook, type Seen } from "./book.ts";
import { type Caller, callsOf, createCaller, type Kind, MODES, type Mode } from "./calls.ts";
import type { ChainOptions, Stack, StackName } from "./chain.ts";
import { allOrders, type Order, orderName, RIGHT_ORDER } from "./layers.ts";

/** One call and all that is known of it. */
export interface Cell {
  readonly stack: StackName;
  /** Outermost first, with commas. */
  readonly order: string;
  readonly recover: ChainOptions["recover"];
  readonly wrapStreams: boolean;
  readonly mode: Mode;
  readonly kind: Kind;
  /** What the client was told. */
  readonly code: number;
  readonly message: string;
  readonly seen: Seen;
}

/** A chain, and how often each kind of call is made on it. */
interface Scenario extends Omit<ChainOptions, "book"> {
  readonly rounds: number;
}

const UNAUTHENTICATED = 16;

/** What makes INTERNAL of failures on each stack, so that only the order decides what is lost. */
export const WORKING_RECOVERY = { "grpc-js": "wrapper", connect: "interceptor" } as const;

/** What a run needs. */
export interface MeasureOptions {
  readonly stacks: readonly Stack[];
  /** How often each kind of call is made on the chain in the right order. */
  readonly rounds: number;
  /** How long a client waits for the calls that nobody ends. */
  readonly deadlineMs: number;
  readonly progress: (message: string) => Promise<void>;
}

/** Makes every call on every chain: all orders with the recovery that works, and the right order with each other one. */
export async function measureCells(options: MeasureOptions): Promise<Cell[]> {
  const { stacks, rounds, deadlineMs, progress } = options;
  const cells: Cell[] = [];
  for (const stack of stacks) {
    const recover = WORKING_RECOVERY[stack.name];
    await progress(`24 orders of ${stack.name}`);
    // One after the other, so that none waits for the others.
    for (const order of allOrders()) {
      const times = orderName(order) === orderName(RIGHT_ORDER) ? rounds : 1;
      cells.push(...(await runScenario(stack, { order, recover, wrapStreams: true, rounds: times }, deadlineMs)));
    }
    const right = { order: RIGHT_ORDER, wrapStreams: true, rounds: 1 };
    const others: Scenario[] = [
      { ...right, recover: recover === "wrapper" ? "interceptor" : "wrapper" },
      { ...right, recover: "interceptor", wrapStreams: false },
      { ...right, recover: "nothing" },
    ];
    // Together, because calls that nobody ends take as long as the deadline.
    cells.push(...(await Promise.all(others.map((each) => runScenario(stack, each, deadlineMs)))).flat());
  }
  return cells;
}

/** What calls with a bad token came to on one stack. */
export interface Strangers {
  readonly stack: StackName;
  readonly guarded: StrangersMet;
  /** On the same chain without `auth`. */
  readonly unguarded: StrangersMet;
}

interface StrangersMet {
  readonly calls: number;
  readonly handlerRuns: number;
  readonly refused: number;
}

/** So many calls with a bad token in each mode, on the chain in the right order and on the same without `auth`. */
export async function meetStrangers(stack: Stack, count: number): Promise<Strangers> {
  const meet = async (order: Order): Promise<StrangersMet> => {
    const book = openBook();
    await using chain = await stack.start({ order, recover: "wrapper", wrapStreams: true, book });
    using caller = createCaller(chain.port);
    const calls = MODES.flatMap((mode) => Array.from({ length: count }, () => caller.call(mode, "bad-token")));
    const answers = await Promise.all(calls);
    return {
      calls: answers.length,
      handlerRuns: answers.reduce((runs, { call }) => runs + book.of(call).handlerRuns, 0),
      refused: answers.filter(({ code }) => code === UNAUTHENTICATED).length,
    };
  };
  const guarded = await meet(RIGHT_ORDER);
  return { stack: stack.name, guarded, unguarded: await meet(RIGHT_ORDER.filter((layer) => layer !== "auth")) };
}

/** Whether recovery works on this chain, so that only its order decides what is lost. */
export function isRecovering({ stack, recover, wrapStreams }: Cell): boolean {
  return wrapStreams && recover === WORKING_RECOVERY[stack];
}

/** A call that nothing is wrong with succeeds on every chain; otherwise the others tell nothing. */
export function goodCallsCheck(cells: readonly Cell[]): ValidityCheck {
  const good = cells.filter(({ kind }) => kind === "good");
  const failed = good.filter(({ code, seen }) => code !== 0 || seen.handlerRuns !== 1);
  return {
    name: "good calls",
    ok: good.length > 0 && failed.length === 0,
    because: `${good.length - failed.length} of ${good.length} succeed`,
  };
}

/** Makes each kind of call on one chain, so many times. */
export async function runScenario(stack: Stack, scenario: Scenario, deadlineMs: number): Promise<Cell[]> {
  const { rounds, ...chainOptions } = scenario;
  const book = openBook();
  await using chain = await stack.start({ ...chainOptions, book });
  using caller = createCaller(chain.port);
  const calls = Array.from({ length: rounds }, () => callsOf(stack.name)).flat();
  return await Promise.all(calls.map((call) => makeCall(caller, book, { stack, scenario, deadlineMs, ...call })));
}

async function makeCall(
  caller: Caller,
  book: Book,
  options: { stack: Stack; scenario: Scenario; deadlineMs: number; mode: Mode; kind: Kind },
): Promise<Cell> {
  const { stack, scenario, deadlineMs, mode, kind } = options;
  const { order, recover, wrapStreams } = scenario;
  // What grpc-js makes of a promise that is rejected is nothing at all: the others end by themselves, however late.
  const hangs = stack.name === "grpc-js" && recover !== "wrapper" && (kind === "reject" || kind === "mid-stream");
  const { call, code, message } = await (hangs ? caller.call(mode, kind, deadlineMs) : caller.call(mode, kind));
  const seen = structuredClone(book.of(call));
  return { stack: stack.name, order: orderName(order), recover, wrapStreams, mode, kind, code, message, seen };
}
