import { openBook } from "./book.ts";
import { createCaller, ORDER_ID } from "./calls.ts";
import type { Sighting, Sightings } from "./claims.ts";
import { startConnect } from "./connect-chain.ts";
import { orderName, RIGHT_ORDER } from "./layers.ts";
import { type Cell, isRecovering } from "./measure.ts";

/** One call that fails, seen by an interceptor and by a middleware of HTTP around it. */
export async function seeFromBothSides(): Promise<Sighting> {
  const book = openBook();
  const finished = Promise.withResolvers<Sighting["middleware"]>();
  const options = { order: RIGHT_ORDER, recover: "wrapper", wrapStreams: true, book } as const;
  await using chain = await startConnect(options, (_call, path, status) => finished.resolve({ path, status }));
  using caller = createCaller(chain.port);
  const { call, code } = await caller.call("unary", "throw");
  const { path, field, ends } = book.of(call);
  return { middleware: await finished.promise, log: { path, field, code: ends.log[0] ?? 0 }, code };
}

/** What the log of each stack could tell of a unary call whose handler throws, beside what was sent and told. */
export function sightingsOf(cells: readonly Cell[]): Sightings {
  const isSought = (cell: Cell) =>
    isRecovering(cell) && cell.order === orderName(RIGHT_ORDER) && cell.mode === "unary" && cell.kind === "throw";
  return cells.filter(isSought).map(({ stack, code, seen: { path, field, ends } }) => ({
    stack,
    log: { path, field, code: ends.log[0] ?? 0 },
    sent: ORDER_ID,
    told: code,
  }));
}
