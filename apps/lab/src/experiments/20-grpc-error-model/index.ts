import { Code } from "@connectrpc/connect";
import { freePort } from "@polywire/system";
import { makeOrder } from "../building-blocks/sample-orders.ts";
import { defineExperiment, type RunContext } from "../framework/experiment.ts";
import { parameter } from "../framework/parameters.ts";
import { detailsClaim, readWordings } from "./details-claim.ts";
import { countEffects, meetConflicts, retryInVain } from "./effects.ts";
import { byCode, startFaultService } from "./fault-service.ts";
import { growDetails, growthClaim } from "./growth-claim.ts";
import { mapInward, mapOutward, mappingClaim, STATUSES } from "./mapping-claim.ts";
import { decide, watchEjections } from "./masking.ts";
import { maskingClaim } from "./masking-claim.ts";
import { drawPicture } from "./picture.ts";
import { retryableClaim, vainClaim } from "./retry-claims.ts";
import { countAttempts, MAX_ATTEMPTS, RETRIERS } from "./retrying.ts";

const CUSTOMER = "customer-errors";

/** A run that is repeated keeps its system, whose gateway goes on asking where the order service was at first. */
const ports = new WeakMap<RunContext["system"], number>();

/** Status codes, their details, and what others make of them. */
export const experiment = defineExperiment({
  id: "20-grpc-error-model",
  question: 20,
  title: "gRPC's error model: codes, details, and what retriers, balancers and HTTP make of them",
  needs: ["pg", "envoy"],
  parameters: {
    calls: parameter.whole({
      description: "calls of each kind whose retries are counted",
      default: { small: 5, full: 100 },
      min: 1,
      max: 150,
    }),
    deadline: parameter.duration({
      description: "what a caller gives an order whose reply comes too late",
      default: 500,
      minMs: 100,
      maxMs: 10_000,
    }),
    details: parameter.list(parameter.whole({ description: "", default: 4, min: 1, max: 1_000 }), {
      description: "sizes of an error's details, in KB",
      default: [4, 16, 60, 100],
    }),
    retry: parameter.choice({
      description: "the retrier whose attempts are drawn: the product's, or one that retries every error",
      default: "unavailable",
      of: RETRIERS,
    }),
  },
  claims: [
    {
      id: "20.1",
      text: "Typed details arrive decoded; parsing the message text breaks when it is reworded.",
      expected: "holds",
    },
    { id: "20.2", text: "UNAVAILABLE, DEADLINE_EXCEEDED and ABORTED are retryable.", expected: "depends" },
    {
      id: "20.3",
      text: "Retrying INVALID_ARGUMENT, NOT_FOUND or PERMISSION_DENIED is wasted load.",
      expected: "holds",
    },
    { id: "20.4", text: "Codes map to HTTP by one table.", expected: "depends" },
    {
      id: "20.5",
      text: "Everything as INTERNAL wrecks retry decisions, budget and balancing.",
      expected: "holds",
    },
    { id: "20.6", text: "Details are free to grow.", expected: "depends" },
  ],

  async run({ parameters: { calls, deadline, details, retry }, random, progress, system: start, startEnvoy }) {
    const order = makeOrder(1, random);
    await progress("sending details in several wordings");
    const wordings = await readWordings();

    await progress("starting the services, the gateway in front of one that answers every code");
    const port = ports.get(start) ?? (await freePort()).port;
    ports.set(start, port);
    await using service = await startFaultService(byCode(order), { port });
    const system = await start({ environment: { gateway: { POLYWIRE_ORDERS_ADDRESS: service.grpc } } });
    const token = await system.issueToken({ subject: CUSTOMER, scopes: [] });
    await progress("asking for every code");
    const outward = await mapOutward(service, { gateway: system.endpoints.gateway, token });
    const inward = await mapInward(STATUSES);
    const attempts = await countAttempts(retry, order);

    await progress("retrying orders whose reply does not come");
    const effects = await countEffects({ system, calls, deadlineMs: deadline });
    const conflict = await meetConflicts(system, calls);
    const vain = await retryInVain(system, calls, MAX_ATTEMPTS);

    await progress("letting an Envoy see every code");
    const { ejections, fleets } = await watchEjections({ order, startEnvoy });
    const decisions = await decide(order, calls);
    await progress("letting details grow");
    const grown = await growDetails(details, startEnvoy);

    const passing = decisions.find(({ code }) => code === Code.Unavailable) ?? { calls: 0, recovered: 0 };
    return {
      measurements: {
        wordings,
        outward,
        inward,
        attempts,
        effects,
        conflict,
        vain,
        ejections,
        fleets,
        decisions,
        grown,
      },
      verdicts: {
        "20.1": detailsClaim(wordings),
        "20.2": retryableClaim(effects, conflict),
        "20.3": vainClaim(vain, passing),
        "20.4": mappingClaim(outward, inward),
        "20.5": maskingClaim({ ejections, fleets, decisions }),
        "20.6": growthClaim(grown),
      },
    };
  },

  draw: ({ parameters: { retry }, measurements }) => drawPicture({ ...measurements, retry }),
});
