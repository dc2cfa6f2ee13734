import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { connectStack } from "./connect-chain.ts";
import { eventsByOrder } from "./events.ts";
import { allOrders, type Order, RIGHT_ORDER } from "./layers.ts";
import { runScenario } from "./measure.ts";
import { drawPicture, onionOf, recoveryRows } from "./picture.ts";

test("drawPicture + shows where each call ended, in 80 columns whatever is shown", async () => {
  const recover = "interceptor";
  const cells = await runScenario(connectStack, { order: RIGHT_ORDER, recover, wrapStreams: true, rounds: 1 }, 1500);
  const unwrapped = cells.map((cell) => ({ ...cell, wrapStreams: false, code: 4 }));
  const measured = {
    orders: eventsByOrder(cells),
    recovery: recoveryRows([...cells, ...unwrapped]),
    onion: onionOf(cells),
  };
  const draw = (order: Order) =>
    stripVTControlCharacters(drawPicture({ stack: "connect", order, fail: "reject", recover }, measured)).split("\n");
  const lines = draw(RIGHT_ORDER);
  expect(lines).toContain("unary good        ><       ><   ><       ><    ><     >        OK");
  expect(lines).toContain("server bad-token  ><       ><   ><       >                     UNAUTHENTICATED");
  expect(lines).toContain("metrics,log,recover,auth           0 of 44");
  expect(lines).toContain("connect  interceptor, not wrapped  reject      DEADLINE_EXCEEDED  yes");
  for (const order of allOrders()) {
    expect(Math.max(...draw(order).map((line) => line.length))).toBeLessThanOrEqual(80);
  }
}, 40_000);
