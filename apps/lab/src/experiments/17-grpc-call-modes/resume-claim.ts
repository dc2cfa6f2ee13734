import { ConnectError } from "@connectrpc/connect";
import { codeName } from "@polywire/rpc";
import { createTcpProxy } from "@polywire/wire/proxy";
import { splitAddress } from "../../wires/split-address.ts";
import { startOrdersBackend } from "../building-blocks/orders-backend.ts";
import { holdsIf, type Verdict } from "../framework/verdicts.ts";
import { connectOrders, type OrderClient } from "./modes.ts";
import { EPOCH, type OrderLog } from "./order-log.ts";

/** How an application goes on after a cut: from the first event, from now on, behind the last one that it has. */
export const RESTARTS = ["first", "now", "cursor"] as const;

/** One of them. */
export type Restart = (typeof RESTARTS)[number];

/** What an application got that wants every event once. */
export interface Resumed {
  readonly restart: Restart;
  /** How the call ended that was cut. */
  readonly code: string;
  /** Events that it had by then. */
  readonly before: number;
  readonly repeated: number;
  readonly lost: number;
}

/** How long the log gets, and how long it is when the connection is cut. */
export interface CutOptions {
  readonly items: number;
  readonly cutAt: number;
}

/** Follows an empty log that grows; the connection breaks, the log grows on, and the application restarts. */
export async function resume(log: OrderLog, restart: Restart, { items, cutAt }: CutOptions): Promise<Resumed> {
  await using backend = await startOrdersBackend(log.methods);
  await using proxy = await createTcpProxy({ upstream: splitAddress(backend.address) });
  using orders = connectOrders(`${proxy.address.host}:${proxy.address.port}`);
  const received: number[] = [];

  log.append(cutAt);
  let code = "OK";
  try {
    for await (const seen of watch(orders.client, 0)) {
      if (seen !== "started") received.push(seen);
      if (received.length === cutAt) await proxy.close();
    }
  } catch (error) {
    code = codeName(ConnectError.from(error).code);
  }
  const before = received.length;

  const away = Math.ceil((items - cutAt) / 2);
  log.append(away);
  using again = connectOrders(backend.address);
  for await (const seen of watch(again.client, { first: 0, now: undefined, cursor: received.at(-1) }[restart])) {
    if (seen === "started") log.append(items - cutAt - away);
    else received.push(seen);
    if (seen === items) break;
  }
  const { size } = new Set(received);
  return { restart, code, before, repeated: received.length - size, lost: items - size };
}

/** A watch that has not got everything by then has lost it. */
const LONGEST_MS = 60_000;

/** The offsets of what comes after this one, or from now on; first the news that the watch has started. */
async function* watch(client: OrderClient, after: number | undefined): AsyncGenerator<number | "started"> {
  const request = after === undefined ? {} : { cursor: { epoch: EPOCH, offset: BigInt(after) } };
  const left = new AbortController();
  // Not the call's own deadline: its timer would outlive a call that is left, and hold the process.
  const signal = AbortSignal.any([left.signal, AbortSignal.timeout(LONGEST_MS)]);
  try {
    for await (const { message } of client.watchOrders(request, { signal })) {
      if (message.case === "started") yield "started";
      if (message.case === "event") yield Number(message.value.cursor?.offset);
    }
  } finally {
    left.abort();
  }
}

/** Claim 17.5: who has each event once after a cut. */
export function resumeClaim({ first, now, cursor }: Readonly<Record<Restart, Resumed>>, items: number): Verdict {
  const tell = ({ repeated, lost }: Resumed): string => `${repeated} repeated and ${lost} lost of ${items}`;
  return holdsIf(
    cursor.code !== "OK" && cursor.repeated === 0 && cursor.lost === 0,
    `the call ends with ${cursor.code} after ${cursor.before} events and stays ended; behind the last cursor: ${tell(cursor)}`,
    [
      {
        name: "a restart from the first event",
        bit: first.repeated > 0 && first.repeated === first.before,
        because: tell(first),
      },
      { name: "a restart from now on", bit: now.lost > 0, because: tell(now) },
    ],
  );
}
