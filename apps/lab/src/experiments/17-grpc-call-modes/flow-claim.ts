import { byConditions, type Condition, type Verdict, when } from "../framework/verdicts.ts";
import type { Flow, FlowCell } from "./flow-control.ts";

/** The streams that the claim is about: grpc-js read in three ways, a writer that does not listen, our own client. */
export const FLOW_CELLS: readonly FlowCell[] = [
  { client: "grpc-js", reader: "normal", obey: true },
  { client: "grpc-js", reader: "paused", obey: true },
  { client: "grpc-js", reader: "paused", obey: false },
  { client: "grpc-js", reader: "unread", obey: true },
  { client: "@polywire/grpc", reader: "unread", obey: true },
];

/** What may be on its way to a reader that has stopped. */
const BOUND_BYTES = 1_000_000;

const READING = { normal: "keeps up", paused: "reads one message and stops", unread: "never begins to read" } as const;

/** Claim 17.4: how much of a stream is taken off a writer's hands whose reader does not read it. */
export function flowClaim(flows: readonly Flow[]): Verdict {
  const conditions = flows.filter(({ reader }) => reader !== "normal").map(conditionOf);
  const [first, ...others] = conditions;
  if (first === undefined) throw new RangeError("no stream was measured whose reader stops");
  const keepsUp = flows.find(({ reader }) => reader === "normal");
  const deaf = flows.find(({ obey }) => !obey);
  return byConditions(
    [first, ...others],
    [
      {
        name: "a reader that keeps up",
        bit: keepsUp !== undefined && keepsUp.readBytes >= keepsUp.totalBytes,
        because: `${megabytes(keepsUp?.readBytes)} of ${megabytes(keepsUp?.totalBytes)} MB arrive: it is the reader that stops the others`,
      },
      {
        name: "a writer that ignores write()",
        bit: deaf !== undefined && deaf.acceptedBytes >= deaf.totalBytes && deaf.sentBytes < BOUND_BYTES,
        because: `the window stops ${megabytes(deaf?.sentBytes)} MB on the wire, and ${megabytes(deaf?.acceptedBytes)} MB lie in the writer's memory`,
      },
    ],
  );
}

function conditionOf({ client, reader, obey, acceptedBytes, totalBytes, readBytes }: Flow): Condition {
  const bounded = acceptedBytes <= BOUND_BYTES;
  return when(
    `${client}, the reader ${READING[reader]}, the writer ${obey ? "obeys" : "ignores"} write()`,
    bounded,
    `${megabytes(acceptedBytes)} of ${megabytes(totalBytes)} MB accepted${bounded ? ", then the writer waits" : `, ${megabytes(readBytes)} MB read`}`,
  );
}

/** With two digits behind the point. */
export function megabytes(bytes = 0): string {
  return (bytes / 1e6).toFixed(2);
}
