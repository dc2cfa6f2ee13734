import type { Random } from "../framework/random.ts";
import { type Drawn, drawMessage } from "./drawn.ts";
import type { MessageSpec } from "./schema.ts";

/** Messages drawn for a schema, one after the other: so many of them need not fit into memory. */
export type Messages = AsyncIterable<Drawn>;

/** What messages are drawn with. */
export interface MessagesOptions {
  readonly count: number;
  readonly random: Random;
  /** Told how far it is, and awaited: other work has its turn. */
  readonly progress: (message: string) => Promise<void>;
}

const PAUSE_EVERY = 500;

/** Draws messages while they are asked for. `purpose` is shown to people meanwhile. */
export async function* drawMessages(spec: MessageSpec, purpose: string, options: MessagesOptions): Messages {
  const { count, random, progress } = options;
  for (let index = 0; index < count; index += 1) {
    if (index % PAUSE_EVERY === 0) await progress(`${purpose}: ${Math.floor((100 * index) / count)} %`);
    yield drawMessage(spec, random);
  }
}

/** Whether two encodings are the same bytes. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

/** Several encodings in a row. */
export function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.concat(parts));
}
