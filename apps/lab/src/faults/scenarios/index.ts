import type { Scenario } from "../scenario.ts";
import { byteScenarios } from "./bytes.ts";
import { http2Scenarios } from "./http2.ts";
import { messageScenarios } from "./messages.ts";
import { pushScenarios } from "./push.ts";

/** Every fault with its cases, in the order in which they are shown. */
export const SCENARIOS: readonly Scenario[] = merge([
  ...byteScenarios,
  ...http2Scenarios,
  ...messageScenarios,
  ...pushScenarios,
]);

/** A fault that both calls and push feel is one scenario. */
function merge(all: readonly Scenario[]): Scenario[] {
  const byFault = new Map<string, Scenario>();
  for (const scenario of all) {
    const cases = [...(byFault.get(scenario.fault)?.cases ?? []), ...scenario.cases];
    byFault.set(scenario.fault, { ...scenario, cases });
  }
  return [...byFault.values()];
}
