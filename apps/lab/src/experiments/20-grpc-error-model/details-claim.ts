import { create, type DescMessage, type MessageInitShape, toJsonString } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  QuotaFailureSchema,
  RetryInfoSchema,
} from "@polywire/contract/google/rpc/error_details";
import { ERROR_DOMAIN } from "@polywire/rpc";
import { holdsIf, type Verdict } from "../framework/verdicts.ts";
import { share } from "../framework/words.ts";
import { askConnect, askGrpcJs, type Seen } from "./ask.ts";
import { startFaultService } from "./fault-service.ts";

/** What one client made of one wording of the same error. */
export interface Wording {
  readonly client: "grpc-js" | "Connect";
  readonly message: string;
  /** Details whose fields are those that were sent. */
  readonly equal: number;
  /** What a parser of the message found: the field, and how long to wait. */
  readonly parsed: Parsed | null;
}

interface Parsed {
  readonly field: string;
  readonly seconds: number;
}

const FIELD = "lines[0].quantity";
const SECONDS = 3;

const SENT: readonly (readonly [DescMessage, MessageInitShape<DescMessage>])[] = [
  [BadRequestSchema, { fieldViolations: [{ field: FIELD, description: "at least 1", reason: "int32.gte" }] }],
  [ErrorInfoSchema, { reason: "PLANTED", domain: ERROR_DOMAIN, metadata: { sku: "SKU-00001" } }],
  [RetryInfoSchema, { retryDelay: { seconds: BigInt(SECONDS), nanos: 0 } }],
  [QuotaFailureSchema, { violations: [{ subject: "customer:1", description: "100 orders a minute" }] }],
];

/** The same thing said by three releases; the parser was written for the first. */
const MESSAGES = [
  `${FIELD}: must be at least 1; try again in ${SECONDS} s`,
  `the quantity of line 1 is too low (${FIELD}), retry after ${SECONDS} seconds`,
  `Zeile 1: Menge zu klein (${FIELD}); in ${SECONDS} s erneut versuchen`,
] as const;

const PARSER = /^(?<field>\S+): must be .*; try again in (?<seconds>\d+) s$/;

/** Sends the same details under each wording to both clients. */
export async function readWordings(): Promise<Wording[]> {
  await using service = await startFaultService((orderId) => {
    const details = SENT.map(([desc, value]) => ({ desc, value }));
    throw new ConnectError(MESSAGES[Number(orderId)] ?? "", Code.ResourceExhausted, undefined, details);
  });
  const wordings: Wording[] = [];
  for (const [index, message] of MESSAGES.entries()) {
    const orderId = String(index);
    wordings.push(
      { client: "grpc-js", message, ...reading(await askGrpcJs(service.grpc, orderId)) },
      { client: "Connect", message, ...reading(await askConnect(service.connect, orderId)) },
    );
  }
  return wordings;
}

function reading({ error }: Seen): Pick<Wording, "equal" | "parsed"> {
  const { field, seconds } = PARSER.exec(error?.rawMessage ?? "")?.groups ?? {};
  const isEqual = ([desc, value]: (typeof SENT)[number]): boolean => {
    const [received, ...more] = error?.findDetails(desc) ?? [];
    const asSent = toJsonString(desc, create(desc, value));
    return received !== undefined && more.length === 0 && toJsonString(desc, received) === asSent;
  };
  return {
    equal: SENT.filter(isEqual).length,
    parsed: field === undefined ? null : { field, seconds: Number(seconds) },
  };
}

/** Claim 20.1: details against the text, when the text is reworded. */
export function detailsClaim(wordings: readonly Wording[]): Verdict {
  const isParsed = ({ parsed }: Wording): boolean => parsed?.field === FIELD && parsed.seconds === SECONDS;
  const [first, ...reworded] = MESSAGES.map((message) => wordings.filter((wording) => wording.message === message));
  const understood = (first ?? []).filter(isParsed).length;
  const later = reworded.flat();
  const complete = wordings.filter(({ equal }) => equal === SENT.length).length;
  const broken = later.filter((wording) => !isParsed(wording)).length;
  return holdsIf(
    wordings.length > 0 && complete === wordings.length,
    `${share(complete, wordings.length)} answers had the ${SENT.length} details with equal fields`,
    [
      {
        name: "a parser of the message",
        bit: understood > 0 && later.length > 0 && broken === later.length,
        because: `it read ${understood} answers of the wording that it was written for, and ${later.length - broken} of the ${later.length} reworded ones`,
      },
    ],
  );
}
