import { defineExperiment } from "../framework/experiment.ts";
import { parameter } from "../framework/parameters.ts";
import { gapClaim, neighboursClaim, overtakingClaim, replyOrderClaim } from "./claims.ts";
import { watchGaps } from "./gaps.ts";
import { watchNeighbours } from "./neighbours-scenario.ts";
import { watchOrders } from "./order-scenario.ts";
import { drawPicture } from "./picture.ts";

/** Who waits for whom on a connection, and why. */
export const experiment = defineExperiment({
  id: "33-head-of-line-blocking",
  question: null,
  title: "Head-of-line blocking: what waits for what in HTTP/1.1, HTTP/2 and TCP",
  needs: [],
  parameters: {
    gap: parameter.duration({
      description: "how long a byte is missing at least; the gap goes on until nothing finishes for as long",
      default: { small: 300, full: 3_000 },
      minMs: 50,
      maxMs: 60_000,
    }),
    inflight: parameter.whole({
      description: "calls that are begun at once",
      default: { small: 48, full: 480 },
      min: 10,
      max: 900,
    }),
    conns: parameter.whole({
      description: "connections of HTTP/1.1 for them; browsers open 6",
      default: 6,
      min: 3,
      max: 100,
    }),
    fast: parameter.whole({
      description: "fast calls behind a slow one",
      default: { small: 20, full: 200 },
      min: 1,
      max: 900,
    }),
    neighbours: parameter.whole({
      description: "calls beside a reply that is not read",
      default: { small: 50, full: 500 },
      min: 1,
      max: 900,
    }),
  },
  claims: [
    { id: "33.1", text: "HTTP/1.1 keeps the order of replies on a connection.", expected: "holds" },
    { id: "33.2", text: "HTTP/2 streams finish out of order.", expected: "holds" },
    {
      id: "33.3",
      text: "A gap in TCP stalls every stream of an HTTP/2 connection, but only one of six HTTP/1.1 connections.",
      expected: "holds",
    },
    {
      id: "33.4",
      text: "A stalled reader of one HTTP/2 stream does not stall its neighbours in Node.",
      expected: "holds",
    },
  ],

  async run({ parameters: { gap: gapMs, inflight, conns, fast, neighbours }, progress }) {
    await progress("overtaking a slow call");
    const orders = await watchOrders(fast);
    await progress("taking a byte out of connections");
    const gaps = await watchGaps({ inflight, conns, gapMs });
    await progress("calling beside a reply that is not read");
    const application = await watchNeighbours({ unread: "application", neighbours, gapMs });
    const receiver = await watchNeighbours({ unread: "receiver", neighbours, gapMs });
    return {
      measurements: { orders, gaps, neighbours: [application, receiver] },
      verdicts: {
        "33.1": replyOrderClaim(orders),
        "33.2": overtakingClaim(orders),
        "33.3": gapClaim(gaps),
        "33.4": neighboursClaim(application, receiver),
      },
    };
  },

  draw: ({ measurements }) => drawPicture(measurements),
});
