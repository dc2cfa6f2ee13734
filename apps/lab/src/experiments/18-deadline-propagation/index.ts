import { defineExperiment, type RunContext } from "../framework/experiment.ts";
import { parameter } from "../framework/parameters.ts";
import { codesClaim, crossingClaim, detachedClaim, flowClaim, perHopClaim, threadedClaim } from "./budget-claims.ts";
import { measure } from "./measure.ts";
import { drawPicture } from "./picture.ts";
import { ENTRIES } from "./real-chain.ts";

/** Deadlines and cancellation across hops. */
export const experiment = defineExperiment({
  id: "18-deadline-propagation",
  question: 18,
  title: "Deadlines and cancellation across hops: who stops when the caller has gone",
  needs: ["pg"],
  parameters: {
    budget: parameter.duration({
      description: "what the caller gives the call",
      default: 300,
      minMs: 100,
      maxMs: 10_000,
    }),
    propagate: parameter.choice({
      description: "the way that is drawn beside the product's",
      default: "per-hop",
      of: ["none", "per-hop", "parent", "full"],
    }),
    skew: parameter.duration({
      description: "how far orders' clock is ahead",
      default: 10_000,
      minMs: 1_000,
      maxMs: 3_600_000,
    }),
    entry: parameter.choice({ description: "where the drawn call enters the services", default: "rest", of: ENTRIES }),
    rounds: parameter.whole({
      description: "calls of each kind through the product's services",
      default: { small: 1, full: 20 },
      min: 1,
      max: 1_000,
    }),
  },
  claims: [
    { id: "18.1", text: "The deadline crosses the wire as an absolute time.", expected: "refuted" },
    { id: "18.2", text: "The remaining budget flows to the next hop.", expected: "depends" },
    {
      id: "18.3",
      text: "With the budget threaded through, no handler, query or downstream call outlives the caller's deadline.",
      expected: "holds",
    },
    {
      id: "18.4",
      text: "Independent timeouts of each hop let downstream work run past the caller's deadline; one budget does not.",
      expected: "holds",
    },
    {
      id: "18.5",
      text: "Detached work, and a driver without cancellation, run to the end after the client has left.",
      expected: "holds",
    },
    {
      id: "18.6",
      text: "Expiry surfaces as DEADLINE_EXCEEDED, a client's cancel as CANCELED.",
      expected: "holds",
    },
  ],

  async run({ parameters, size, ...context }) {
    const { budget: budgetMs, skew: skewMs, entry, rounds } = parameters;
    // gRPC beside the chosen one: its client has a code for a call that it cancels itself.
    const entries = size === "full" ? ENTRIES : [...new Set([entry, "grpc"] as const)];
    const measured = await measure({ ...(context as RunContext), budgetMs, skewMs, entries, rounds });
    return {
      measurements: measured,
      verdicts: {
        "18.1": crossingClaim(measured),
        "18.2": flowClaim(measured),
        "18.3": threadedClaim(measured),
        "18.4": perHopClaim(measured),
        "18.5": detachedClaim(measured),
        "18.6": codesClaim(measured),
      },
      checks: measured.checks,
    };
  },

  draw({ parameters: { propagate, entry }, measurements: { naive, entries } }) {
    const chosen = entries.find((one) => one.entry === entry)?.expired[0];
    return drawPicture([
      ...(propagate === "full" ? [] : [{ title: TITLES[propagate], seen: naive[propagate] }]),
      ...(chosen === undefined ? [] : [{ title: `The product's services, from ${entry}`, seen: chosen }]),
    ]);
  },
});

const TITLES = {
  none: "Plain grpc-js, nothing said to the next hop",
  "per-hop": "Plain grpc-js, the same timeout at each hop",
  parent: "Plain grpc-js, {parent: call}",
} as const;
