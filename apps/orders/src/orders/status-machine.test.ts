import { OrderStatus } from "@polywire/contract/polywire/orders/v1/order";
import { expect, test } from "vitest";
import { isFinal, mayMove, statusName } from "./status-machine.ts";

const { PENDING, CONFIRMED, PACKED, SHIPPED, DELIVERED, CANCELLED } = OrderStatus;
const LIFE = [PENDING, CONFIRMED, PACKED, SHIPPED, DELIVERED] as const;

test("mayMove allows exactly the next step of the life, and cancelling until it is shipped", () => {
  const allowed = new Set(["1>2", "2>3", "3>4", "4>5", "1>6", "2>6", "3>6"]);
  for (const from of [...LIFE, CANCELLED]) {
    for (const to of [...LIFE, CANCELLED]) {
      expect(mayMove(from, to), `${statusName(from)} to ${statusName(to)}`).toBe(allowed.has(`${from}>${to}`));
    }
  }
});

test("isFinal holds for delivered and cancelled only", () => {
  expect([...LIFE, CANCELLED].filter(isFinal)).toEqual([DELIVERED, CANCELLED]);
});
