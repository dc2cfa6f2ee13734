import { startOrdersBackend } from "../building-blocks/orders-backend.ts";
import { makeOrder } from "../building-blocks/sample-orders.ts";
import { defineExperiment } from "../framework/experiment.ts";
import { parameter } from "../framework/parameters.ts";
import { balancingClaim, spreadOverAdded } from "./balancing-claim.ts";
import { bytesClaim, weigh } from "./bytes-claim.ts";
import { FLOW_CELLS, flowClaim } from "./flow-claim.ts";
import { READERS } from "./flow-clients.ts";
import { type Flow, measureFlow } from "./flow-control.ts";
import { fourModes, oneByOne } from "./modes.ts";
import { modesClaim, watchMode } from "./modes-claim.ts";
import { createOrderLog } from "./order-log.ts";
import { createOrderService } from "./order-service.ts";
import { drawPicture } from "./picture.ts";
import { resume, resumeClaim } from "./resume-claim.ts";

/** Messages of the calls whose frames are drawn. */
const FRAMES_OF = 3;
/** Lines of the orders that are weighed. */
const SMALL_ORDER = 0;
const LARGE_ORDER = 20;
/** Of the larger ones not so many are needed: what is around a message is the same. */
const LARGE_ORDERS = 200;
const FOLLOWED_MESSAGES = 60;

/** What the four modes of calling have in common, what a stream is good for, and what it does not do by itself. */
export const experiment = defineExperiment({
  id: "17-grpc-call-modes",
  question: 17,
  title: "gRPC's four call modes: one stream each, and what a stream leaves to you",
  needs: ["envoy"],
  parameters: {
    items: parameter.whole({
      description: "messages read as calls, as a stream, and before and after a cut",
      default: { small: 1_000, full: 10_000 },
      min: 10,
      max: 100_000,
    }),
    cutAt: parameter.whole({
      description: "messages of a stream after which its connection is cut; at the latest 2 before --items",
      default: 400,
      min: 1,
      max: 1_000_000,
    }),
    reader: parameter.choice({
      description: "the reader of the stream that is drawn against time",
      default: "unread",
      of: READERS,
    }),
    obeyWrite: parameter.onOff({ description: "whether its writer waits when write() says so", default: true }),
    streamBytes: parameter.whole({
      description: "bytes that the writer of a stream has for a reader who may not read them",
      default: { small: 24_000_000, full: 240_000_000 },
      min: 20_000_001,
      max: 2_000_000_000,
    }),
  },
  claims: [
    {
      id: "17.1",
      text: "The modes differ only in message counts per direction; all are one HTTP/2 stream.",
      expected: "holds",
    },
    {
      id: "17.2",
      text: "A stream spares the headers and trailers of each call, so bytes per message fall.",
      expected: "holds",
    },
    {
      id: "17.3",
      text: "A stream stays on its backend for life: a backend added later gets none of its messages.",
      expected: "holds",
    },
    {
      id: "17.4",
      text: "Flow control bounds what is on its way to a slow reader.",
      // Not if the writer does not listen, and not before grpc-js's reader has begun.
      expected: "depends",
    },
    {
      id: "17.5",
      text: "A stream cut in the middle must be resumed by the application: a restart repeats, a cursor gives each item once.",
      expected: "holds",
    },
  ],

  async run({ parameters, random, progress, signal, startEnvoy }) {
    const { items, reader, obeyWrite, streamBytes } = parameters;
    // Some come while nobody listens, and some after that.
    const cutAt = Math.min(parameters.cutAt, items - 2);
    await progress("calling in four modes");
    const few = Array.from({ length: FRAMES_OF }, () => makeOrder(LARGE_ORDER, random));
    const { modes, alone } = await callInEachMode(few);

    await progress("weighing calls and streams");
    const small = await weigh(
      Array.from({ length: items }, () => makeOrder(SMALL_ORDER, random)),
      signal,
    );
    await progress("weighing them with larger orders");
    const large = await weigh(
      Array.from({ length: LARGE_ORDERS }, () => makeOrder(LARGE_ORDER, random)),
      signal,
    );

    await progress("adding backends to an Envoy");
    const spread = await spreadOverAdded(startEnvoy, FOLLOWED_MESSAGES);

    const flows: Flow[] = [];
    for (const cell of FLOW_CELLS) {
      await progress(`writing to a reader of ${cell.client} (${cell.reader})`);
      flows.push(await measureFlow({ ...cell, totalBytes: streamBytes, signal }));
    }
    const isDrawn = (flow: Flow): boolean =>
      flow.client === "grpc-js" && flow.reader === reader && flow.obey === obeyWrite;
    const drawn =
      flows.find(isDrawn) ??
      (await measureFlow({ client: "grpc-js", reader, obey: obeyWrite, totalBytes: streamBytes, signal }));

    await progress("cutting streams");
    const cut = {
      first: await resume(createOrderLog(), "first", { items, cutAt }),
      now: await resume(createOrderLog(), "now", { items, cutAt }),
      cursor: await resume(createOrderLog(), "cursor", { items, cutAt }),
    };
    return {
      measurements: { modes, oneByOne: alone, sizes: [small.weighed, large.weighed], spread, flows, drawn, cut },
      verdicts: {
        "17.1": modesClaim(modes, alone),
        "17.2": bytesClaim([small.weighed, large.weighed]),
        "17.3": balancingClaim(spread),
        "17.4": flowClaim(flows),
        "17.5": resumeClaim(cut, items),
      },
      checks: [small.check, large.check],
    };
  },

  draw: ({ measurements: { modes, sizes, spread, flows, drawn } }) =>
    drawPicture({ modes, sizes, spread, flows, drawn }),
});

async function callInEachMode(orders: Parameters<typeof fourModes>[0]) {
  await using backend = await startOrdersBackend(createOrderService(orders).methods);
  const modes = [];
  for (const mode of fourModes(orders)) modes.push(await watchMode(backend.address, mode));
  return { modes, alone: await watchMode(backend.address, oneByOne(orders)) };
}
