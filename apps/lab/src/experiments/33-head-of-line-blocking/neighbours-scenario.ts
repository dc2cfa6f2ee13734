import { type ClientHttp2Session, connect } from "node:http2";
import { text } from "node:stream/consumers";
import { createFaultProxy } from "@polywire/wire/faults";
import { createTap, framesOf } from "@polywire/wire/tap";
import { startHeldServer } from "./held-server.ts";
import { untilQuiet } from "./until-quiet.ts";

/** Who leaves the large reply unread: the client's application, or its whole receiver, HTTP/2 included. */
export type Unread = "application" | "receiver";

/** Calls beside a reply that is not read, over one HTTP/2 connection. */
export interface NeighboursSeen {
  readonly unread: Unread;
  readonly neighbours: number;
  /** Neighbours answered while the reply was not read, and later. */
  readonly finishedDuring: number;
  readonly finishedAfter: number;
  /** The unread reply, and what of it had left the server before and after the neighbours. */
  readonly bodyBytes: number;
  readonly sentBefore: number;
  readonly sentAfter: number;
}

/** How many neighbours, and for how long none of them may finish until they are given up, in ms. */
export interface NeighboursOptions {
  readonly unread: Unread;
  readonly neighbours: number;
  readonly gapMs: number;
}

const LARGE = "/large";
const LARGE_BODY = Buffer.alloc(4_000_000, "b");
/** The large reply's: the first of the connection. */
const STREAM = 1;

/** Asks for a large reply and does not read it, and calls neighbours once its window is used up, or all of it was sent. */
export async function watchNeighbours({ unread, neighbours, gapMs }: NeighboursOptions): Promise<NeighboursSeen> {
  await using server = await startHeldServer(2, async ({ path }) => (path === LARGE ? LARGE_BODY : path));
  await using tap = await createTap({ upstream: server });
  await using proxy = await createFaultProxy({ upstream: tap.address });
  const fault = unread === "receiver" ? proxy.add({ kind: "stall-stream", path: LARGE }) : undefined;
  using client = openSession(`http://${proxy.address.host}:${proxy.address.port}`);
  // It ends with the session.
  client.session.request({ ":path": LARGE }).on("error", () => undefined);
  await tap.until(({ layer, event }) => {
    if (layer !== "http2" || event.type !== "frame" || event.frame.streamId !== STREAM) return false;
    return event.windows?.stream === 0 || (event.frame.type === "DATA" && event.frame.endStream);
  });

  const sent = (): number =>
    framesOf(tap.events(), "DATA").reduce((sum, { frame }) => sum + (frame.streamId === STREAM ? frame.length : 0), 0);
  const sentBefore = sent();
  let finished = 0;
  const all = Promise.all(
    Array.from({ length: neighbours }, async (_, index) => {
      await client.get(`/neighbour/${index}`);
      finished += 1;
    }),
  );
  const finishedDuring = await untilQuiet(() => finished, all, gapMs);
  const sentAfter = sent();
  fault?.remove();
  await all;
  const finishedAfter = neighbours - finishedDuring;
  return { unread, neighbours, finishedDuring, finishedAfter, bodyBytes: LARGE_BODY.length, sentBefore, sentAfter };
}

function openSession(origin: string) {
  const session: ClientHttp2Session = connect(origin);
  return {
    session,
    async get(path: string): Promise<string> {
      return await text(session.request({ ":path": path }));
    },
    [Symbol.dispose]: () => session.destroy(),
  };
}
