import { defineExperiment } from "../framework/experiment.ts";
import { parameter } from "../framework/parameters.ts";
import { type ChainOptions, STACKS, type Stack } from "./chain.ts";
import { authClaim, kindsClaim, orderClaim, recoveryClaim, sightClaim } from "./claims.ts";
import { connectStack } from "./connect-chain.ts";
import { eventsByOrder } from "./events.ts";
import { grpcJsStack } from "./grpc-js-chain.ts";
import { RIGHT_ORDER } from "./layers.ts";
import { goodCallsCheck, isRecovering, measureCells, meetStrangers, runScenario } from "./measure.ts";
import { drawPicture, onionOf, recoveryRows } from "./picture.ts";
import { seeFromBothSides, sightingsOf } from "./sight.ts";

const STACK_BY_NAME: Readonly<Record<(typeof STACKS)[number], Stack>> = {
  "grpc-js": grpcJsStack,
  connect: connectStack,
};
// With two observers of 18 calls and more, above 100 events.
const ROUNDS = { small: 3, full: 20 };

/** What interceptors see, and what escapes them, in grpc-js and in Connect. */
export const experiment = defineExperiment({
  id: "19-grpc-interceptors",
  question: 19,
  title: "Interceptors: what they see, in which order, and what escapes them",
  needs: [],
  parameters: {
    stack: parameter.choice({ description: "whose onion is drawn", default: "grpc-js", of: STACKS }),
    order: parameter.list(parameter.choice({ description: "", default: "auth", of: RIGHT_ORDER }), {
      description: "the layers that are drawn, outermost first",
      default: RIGHT_ORDER,
    }),
    fail: parameter.choice({
      description: "how the handler fails that is drawn",
      default: "reject",
      of: ["throw", "reject", "mid-stream"],
    }),
    recover: parameter.choice({
      description: "what recovers in the onion that is drawn",
      default: "interceptor",
      of: ["interceptor", "wrapper"],
    }),
    rounds: parameter.whole({
      description: "how often each call is made in the right order",
      default: ROUNDS,
      min: 3,
      max: 1000,
    }),
    strangers: parameter.whole({
      description: "calls with a bad token for each mode",
      default: { small: 20, full: 500 },
      min: 1,
      max: 10_000,
    }),
    deadline: parameter.duration({
      description: "how long a client waits for a call that nobody ends",
      default: 1500,
      minMs: 200,
      maxMs: 60_000,
    }),
  },
  claims: [
    {
      id: "19.1",
      text: "An auth interceptor rejects before the handler runs, for unary and streaming alike.",
      expected: "holds",
    },
    {
      id: "19.2",
      text: "Unary and stream interceptors are two kinds, and the stream one must wrap the stream.",
      expected: "depends",
    },
    {
      id: "19.3",
      text: "Order matters: with recovery or metrics inside auth, failures outside them escape.",
      expected: "holds",
    },
    { id: "19.4", text: "A recovery interceptor turns a handler's panic into INTERNAL.", expected: "depends" },
    {
      id: "19.5",
      text: "Unlike HTTP middleware an interceptor sees the decoded message, the method name and the status.",
      expected: "holds",
    },
  ],

  async run({ parameters, progress }) {
    const { rounds, strangers: count, deadline: deadlineMs } = parameters;
    const stacks = [grpcJsStack, connectStack];
    const cells = await measureCells({ stacks, rounds, deadlineMs, progress });
    await progress("calls with bad tokens");
    const strangers = await Promise.all(stacks.map((stack) => meetStrangers(stack, count)));
    const http = await seeFromBothSides();
    await progress("the onion that is drawn");
    const drawn: Omit<ChainOptions, "book"> = {
      order: parameters.order,
      recover: parameters.recover,
      wrapStreams: true,
    };
    const onion = await runScenario(STACK_BY_NAME[parameters.stack], { ...drawn, rounds: 1 }, deadlineMs);
    return {
      measurements: {
        orders: eventsByOrder(cells.filter(isRecovering)),
        recovery: recoveryRows(cells),
        strangers,
        http,
        onion: onionOf(onion),
      },
      verdicts: {
        "19.1": authClaim(strangers),
        "19.2": kindsClaim(cells),
        "19.3": orderClaim(cells),
        "19.4": recoveryClaim(cells),
        "19.5": sightClaim(sightingsOf(cells), http),
      },
      checks: [goodCallsCheck(cells)],
    };
  },

  draw: ({ parameters, measurements }) => drawPicture(parameters, measurements),
});
