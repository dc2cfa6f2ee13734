interface Piece {
  readonly type: string;
  readonly data?: unknown;
}

/** Joins what a decoder passes on in pieces (`body`, `tunnel`), whose number depends on how its input was cut. */
export function joinPieces<Event extends object>(events: readonly Event[]): unknown[] {
  const joined: Record<string, unknown>[] = [];
  for (const event of events as readonly (Event & Piece)[]) {
    const last = joined.at(-1);
    const { data, ...rest } = event;
    if (!(data instanceof Uint8Array) || (event.type !== "body" && event.type !== "tunnel"))
      joined.push({ ...event } as Record<string, unknown>);
    else if (last?.type === event.type && "from" in event && last.from === event.from) {
      last.data = `${last.data}${Buffer.from(data).toString("latin1")}`;
    } else joined.push({ ...rest, data: Buffer.from(data).toString("latin1") });
  }
  return joined;
}
