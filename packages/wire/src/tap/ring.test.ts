import { expect, test } from "vitest";
import type { ProxyEvent } from "../proxy/index.ts";
import { Ring } from "./ring.ts";

const ENDS = { client: { host: "127.0.0.1", port: 1 }, server: { host: "127.0.0.1", port: 2 } };

test("Ring + keeps the bytes of its records when a subscriber clears it while one is on its way", () => {
  const ring = new Ring({ maxEvents: 100, maxBytes: 1_300_000 });
  const keep = (): ProxyEvent =>
    ring.keep({ kind: "chunk", connection: 1, atMs: 0, direction: "up", bytes: new Uint8Array(600_000) });
  const push = (raw: ProxyEvent): void => ring.push({ raw, ends: ENDS, events: [] });
  const first = keep();
  ring.clear();
  push(first);
  push(keep());
  push(keep());
  expect(ring.records().map(({ raw }) => raw.kind === "chunk" && raw.bytes.length)).toEqual([600_000, 600_000]);
});
