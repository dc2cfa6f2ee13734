import { createInterface } from "node:readline";
import { createTap, type TapEvent } from "../../src/tap/index.ts";
import { collect } from "../../tests/support/collect.ts";
import { TEST_REGISTRY } from "../../tests/support/test-proto.ts";
import { announce } from "./part.ts";

/** `soak-tap.ts PORT [leak]`: a tap that says after a line of input what memory it holds; with `leak` it forgets nothing. */
const [port, leak] = process.argv.slice(2);
const kept: Pick<TapEvent, "atMs" | "seq">[] = [];
const tap = await createTap({
  upstream: { host: "127.0.0.1", port: Number(port) },
  registry: TEST_REGISTRY,
  onEvent: ({ atMs, seq }) => {
    if (leak === "leak") kept.push({ atMs, seq });
  },
});
createInterface(process.stdin).on("line", () => {
  collect();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  process.stdout.write(
    `${JSON.stringify({ heapBytes: heapUsed + arrayBuffers, rssBytes: rss, dropped: tap.dropped })}\n`,
  );
});
announce(tap.address.port);
