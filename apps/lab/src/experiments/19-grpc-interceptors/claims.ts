import { nameOf } from "../building-blocks/code-words.ts";
import { byConditions, holdsIf, type Verdict, when } from "../framework/verdicts.ts";
import { MODES, SECRET } from "./calls.ts";
import { STACKS, type StackName } from "./chain.ts";
import { eventsByOrder, eventsOf } from "./events.ts";
import { orderName, RIGHT_ORDER } from "./layers.ts";
import { type Cell, isRecovering, type Strangers, WORKING_RECOVERY } from "./measure.ts";

const INTERNAL = 13;
const HANDLER_FAILURES: readonly string[] = ["throw", "reject", "mid-stream"];
const RIGHT = orderName(RIGHT_ORDER);

/** Claim 19.1: no handler runs for a stranger, in any mode. */
export function authClaim(strangers: readonly Strangers[]): Verdict {
  const isRefused = strangers.every(
    ({ guarded: { calls, handlerRuns, refused } }) => calls > 0 && handlerRuns === 0 && refused === calls,
  );
  const because = strangers
    .map(({ stack, guarded: { calls, handlerRuns, refused } }) => {
      return `${stack}: ${refused} of ${calls} refused in ${MODES.length} modes, ${handlerRuns} handler runs`;
    })
    .join("; ");
  return holdsIf(isRefused, because, [
    {
      name: "the same calls without the interceptor",
      bit: strangers.every(({ unguarded: { calls, handlerRuns } }) => calls > 0 && handlerRuns === calls),
      because: strangers
        .map(
          ({ stack, unguarded: { calls, handlerRuns } }) => `${stack}: ${handlerRuns} of ${calls} reach their handler`,
        )
        .join("; "),
    },
  ]);
}

/** Claim 19.2: two kinds of interceptor, and the one for streams must wrap the stream. */
export function kindsClaim(cells: readonly Cell[]): Verdict {
  const modesSeen = (stack: StackName) =>
    new Set(
      pick(cells, { stack, recover: WORKING_RECOVERY[stack], order: RIGHT, kind: "good" })
        .filter(({ seen }) => seen.trace.includes(">metrics"))
        .map(({ mode }) => mode),
    ).size;
  const midStream = (wrapStreams: boolean) =>
    cells.filter(
      (cell) =>
        cell.stack === "connect" &&
        cell.order === RIGHT &&
        cell.recover === "interceptor" &&
        cell.wrapStreams === wrapStreams &&
        cell.kind === "mid-stream",
    );
  const [bare, wrapped] = [eventsOf(midStream(false)), eventsOf(midStream(true))];
  const isMissed = bare.expected > 0 && bare.lost === bare.expected;
  const text = `of failures in the middle of a stream, ${bare.expected - bare.lost} of ${bare.expected} seen without, ${wrapped.expected - wrapped.lost} of ${wrapped.expected} with`;
  return byConditions(
    [
      ...(STACKS.map((stack) => {
        const modes = modesSeen(stack);
        return when(`two kinds, in ${stack}`, modes < MODES.length, `one object is called in ${modes} of 4 modes`);
      }) as [ReturnType<typeof when>, ReturnType<typeof when>]),
      when("a stream must be wrapped, in Connect", isMissed && wrapped.lost === 0, text),
    ],
    [{ name: "a try around next() and no more", bit: isMissed, because: text }],
  );
}

/**
 * Claim 19.3: an order in which what counts, or what recovers, is inside of auth loses events. Recovery around the handler
 * is inside of nothing, so that of grpc-js only what counts can be.
 */
export function orderClaim(cells: readonly Cell[]): Verdict {
  const all = eventsByOrder(cells.filter(isRecovering));
  const right = all.filter(({ order }) => order === RIGHT);
  const wrong = all.filter(({ stack, order }) => {
    const outside = order.slice(0, order.indexOf("auth"));
    const needed = ["metrics", "log", ...(WORKING_RECOVERY[stack] === "interceptor" ? ["recover"] : [])];
    return needed.some((layer) => !outside.includes(layer));
  });
  const harmless = wrong.filter(({ lost }) => lost === 0);
  const losing = (stack: StackName) => all.filter((events) => events.stack === stack && events.lost > 0).length;
  const isRight = right.length === STACKS.length && right.every(({ expected, lost }) => expected >= 100 && lost === 0);
  const inside = `of ${wrong.length} orders with one of them inside auth ${wrong.length - harmless.length} lose some`;
  const losers = STACKS.map((stack) => `${stack}: ${losing(stack)} of 24 orders lose some`).join("; ");
  const kept = right.map(({ stack, expected, lost }) => `${stack}: ${lost} of ${expected} lost`).join("; ");
  return holdsIf(isRight && wrong.length > 0 && harmless.length === 0, `in the order ${RIGHT}, ${kept}; ${inside}`, [
    { name: "the other orders", bit: STACKS.every((stack) => losing(stack) > 0), because: losers },
  ]);
}

/** Claim 19.4: recovery in an interceptor makes INTERNAL of what a handler throws. */
export function recoveryClaim(cells: readonly Cell[]): Verdict {
  const failing = cells.filter(({ kind, order }) => order === RIGHT && HANDLER_FAILURES.includes(kind));
  const cell = (when: Partial<Cell>) => pick(failing, when);
  const connect = { stack: "connect", recover: "interceptor", wrapStreams: true } as const;
  const grpcJs = { stack: "grpc-js", recover: "interceptor", wrapStreams: true } as const;
  const wrapped = cell({ recover: "wrapper" });
  const nothing = cell({ recover: "nothing", wrapStreams: true });
  const hung = cell({ ...grpcJs, kind: "reject" });
  return byConditions(
    [
      recovers("Connect, unary", cell({ ...connect, mode: "unary" })),
      recovers("Connect, mid-stream, the stream wrapped", cell({ ...connect, kind: "mid-stream" })),
      recovers("Connect, mid-stream, not wrapped", cell({ ...connect, wrapStreams: false, kind: "mid-stream" })),
      recovers("grpc-js, a throw", cell({ ...grpcJs, kind: "throw" })),
      recovers("grpc-js, a rejected promise", hung),
      recovers("around the handler, both", wrapped),
    ],
    [
      {
        name: "no recovery",
        bit: nothing.length > 0 && nothing.every(({ seen }) => !seen.ends.metrics.includes(INTERNAL)),
        because: `of ${nothing.length} failures metrics are told ${toldTo(nothing)}`,
      },
      {
        name: "a rejected promise that grpc-js does not look at",
        bit: hung.length > 0 && hung.every(({ seen }) => seen.unhandled === 1 && seen.ends.metrics.length === 0),
        because: `${hung.length} calls, their clients told by nobody but their own deadline: ${codesOf(hung)}`,
      },
    ],
  );
}

/** What a log could tell of a call. */
interface Logged {
  readonly path: string;
  readonly field: string;
  readonly code: number;
}

/** What a middleware of HTTP and the log made of the same call. */
export interface Sighting {
  readonly middleware: { readonly path: string; readonly status: number };
  readonly log: Logged;
  /** What the client was told. */
  readonly code: number;
}

/** What the logs of both stacks could tell, the field that was sent, and the code that the client was told. */
export type Sightings = readonly {
  readonly stack: StackName;
  readonly log: Logged;
  readonly sent: string;
  readonly told: number;
}[];

/** Claim 19.5: an interceptor sees message, method and status. */
export function sightClaim(sightings: Sightings, http: Sighting): Verdict {
  const sees = ({ log: { path, field, code }, sent, told }: Sightings[number]) =>
    path.endsWith("/GetOrder") && field === sent && code === told;
  const isSeen = STACKS.every((stack) => sightings.some((each) => each.stack === stack)) && sightings.every(sees);
  const told = STACKS.flatMap((stack) => sightings.find((each) => each.stack === stack) ?? []);
  const because = told.map(({ stack, log }) => `${stack}: ${log.path}, ${log.field}, ${nameOf(log.code)}`).join("; ");
  const { path, status } = http.middleware;
  return holdsIf(isSeen, because, [
    {
      name: "a middleware of HTTP around the same call",
      bit: status === 200 && http.code !== 0 && http.log.code === http.code,
      because: `it sees ${path} and the status ${status} of a call that ended with ${nameOf(http.code)}`,
    },
  ]);
}

function recovers(condition: string, cells: readonly Cell[]) {
  const turned = cells.filter(
    ({ code, message, seen }) => code === INTERNAL && seen.caught === 1 && !message.includes(SECRET),
  );
  const text = `${turned.length} of ${cells.length} made INTERNAL by it; clients got ${codesOf(cells)}`;
  return when(condition, cells.length > 0 && turned.length === cells.length, text);
}

function codesOf(cells: readonly Cell[]): string {
  return [...new Set(cells.map(({ code }) => nameOf(code)))].join(", ");
}

/** What metrics saw of calls; nothing of those that nobody ended. */
function toldTo(cells: readonly Cell[]): string {
  const told = cells.map(({ seen }) => seen.ends.metrics.map(nameOf).join(" and ") || "nothing");
  return [...new Set(told)].join(", ");
}

function pick(cells: readonly Cell[], wanted: Partial<Cell>): Cell[] {
  return cells.filter((cell) => Object.entries(wanted).every(([key, value]) => cell[key as keyof Cell] === value));
}
