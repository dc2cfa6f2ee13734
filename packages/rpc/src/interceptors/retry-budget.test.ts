import { expect, test } from "vitest";
import { createRetryBudget } from "./retry-budget.ts";

function times(count: number, work: () => void) {
  for (let done = 0; done < count; done += 1) work();
}

test("createRetryBudget allows retries while more than half of its tokens are left", () => {
  const budget = createRetryBudget({ maxTokens: 4 });
  budget.failed();
  expect(budget.allowsRetry()).toBe(true);
  budget.failed();
  expect(budget.allowsRetry()).toBe(false);
});

test("createRetryBudget gets tokenRatio back from each success, and never more than is full", () => {
  const budget = createRetryBudget({ maxTokens: 4, tokenRatio: 0.5 });
  times(100, budget.succeeded);
  times(3, budget.failed);
  expect(budget.allowsRetry()).toBe(false);
  times(3, budget.succeeded);
  expect(budget.allowsRetry()).toBe(true);
});

test("createRetryBudget owes nothing for an outage, however long", () => {
  const budget = createRetryBudget({ maxTokens: 4, tokenRatio: 0.5 });
  times(1000, budget.failed);
  times(5, budget.succeeded);
  expect(budget.allowsRetry()).toBe(true);
});

test.each([{ maxTokens: 0 }, { tokenRatio: -1 }, { tokenRatio: Number.NaN }])(
  "createRetryBudget refuses %j",
  (options) => {
    expect(() => createRetryBudget(options)).toThrow(RangeError);
  },
);
