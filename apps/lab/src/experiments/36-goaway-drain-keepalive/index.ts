import { defineExperiment } from "../framework/experiment.ts";
import { parameter } from "../framework/parameters.ts";
import { ageClaim, compareAges } from "./age-claim.ts";
import { openConnectNode, openGrpcJs, openPolywire } from "./callers.ts";
import { type DrainOptions, drainUnderCalls } from "./drain.ts";
import { abruptClaim, clientsClaim, gracefulClaim } from "./drain-claims.ts";
import { drawPicture } from "./picture.ts";
import { callPolice } from "./police.ts";

const SHORTEST_MS = 500;
const LONGEST_MS = 2_500;
/** The calls have run for so long when the server goes. */
const DRAIN_AFTER_MS = 200;
/** What servers that police pings take for abuse. */
const EAGER_PING_MS = 100;
const POLICED_CALL_MS = 2_000;

/** What a server that goes does to the calls of those who call it. */
export const experiment = defineExperiment({
  id: "36-goaway-drain-keepalive",
  question: null,
  title: "GOAWAY, drain and keepalive: what a server that goes costs its callers",
  needs: [],
  parameters: {
    calls: parameter.whole({
      description: "calls that run when the server goes",
      default: { small: 50, full: 500 },
      min: 5,
      max: 1_000,
    }),
    drain: parameter.choice({
      description: "the end of @polywire/grpc's server that is drawn",
      default: "graceful",
      of: ["graceful", "abrupt"],
    }),
    keepalive: parameter.duration({
      description: "how often the clients with keepalive ping",
      default: 1_000,
      minMs: 300,
      maxMs: 2_000,
    }),
    maxAge: parameter.duration({
      description: "age at which connections are replaced",
      default: { small: 150, full: 2_000 },
      minMs: 50,
      maxMs: 10_000,
    }),
    rounds: parameter.whole({
      description: "how often each connection is replaced after a backend was added",
      default: { small: 10, full: 20 },
      min: 4,
      max: 1_000,
    }),
  },
  claims: [
    {
      id: "36.1",
      text: "A graceful GOAWAY lets the calls in flight finish and sends new ones elsewhere.",
      expected: "holds",
    },
    { id: "36.2", text: "Destroying the sockets fails the calls in flight.", expected: "holds" },
    {
      id: "36.3",
      text: "Clients survive a drain.",
      // Not grpc-js with keepalive: its next ping ends what still runs (grpc-node#3068).
      expected: "depends",
    },
    {
      id: "36.4",
      text: "A maximum connection age rebalances long-lived channels; without it a new backend idles.",
      expected: "holds",
    },
  ],

  async run({ parameters: { calls, keepalive, maxAge, rounds }, random, progress, signal }) {
    const durationsMs = Array.from({ length: calls }, () => random.whole(SHORTEST_MS, LONGEST_MS));
    const common = { durationsMs, afterMs: DRAIN_AFTER_MS, signal };
    const drain = (options: Pick<DrainOptions, "caller" | "open" | "way">) =>
      drainUnderCalls({ ...common, ...options });
    const ping = `${keepalive} ms`;
    const eager = { caller: `grpc-js with keepalive of ${EAGER_PING_MS} ms`, open: openGrpcJs(EAGER_PING_MS) };

    await progress(`letting servers go under ${calls} calls each, and adding a backend`);
    // They wait more than they work, and each has servers and clients of its own.
    const [graceful, abrupt, bare, pinging, connectNode, policed, unpoliced, shares] = await Promise.all([
      drain({ caller: "@polywire/grpc", open: openPolywire, way: "graceful" }),
      drain({ caller: "@polywire/grpc", open: openPolywire, way: "abrupt" }),
      drain({ caller: "grpc-js without keepalive", open: openGrpcJs(), way: "graceful" }),
      drain({ caller: `grpc-js with keepalive of ${ping}`, open: openGrpcJs(keepalive), way: "graceful" }),
      drain({ caller: `connect-node with pings every ${ping}`, open: openConnectNode(keepalive), way: "graceful" }),
      callPolice({ ...eager, server: "polices pings" }, POLICED_CALL_MS),
      callPolice({ ...eager, server: "takes any" }, POLICED_CALL_MS),
      compareAges({ maxAgeMs: maxAge, rounds, signal }),
    ]);

    return {
      measurements: {
        drains: { graceful, abrupt, bare, pinging, connectNode },
        police: { policed, unpoliced },
        shares,
      },
      verdicts: {
        "36.1": gracefulClaim(graceful, abrupt),
        "36.2": abruptClaim(abrupt, graceful),
        "36.3": clientsClaim([graceful, bare, pinging, connectNode], { policed, unpoliced }),
        "36.4": ageClaim(shares.aged, shares.ageless),
      },
    };
  },

  draw: ({ parameters, measurements: { drains, shares } }) =>
    drawPicture({ drains: [drains[parameters.drain], drains.pinging], shares }),
});
