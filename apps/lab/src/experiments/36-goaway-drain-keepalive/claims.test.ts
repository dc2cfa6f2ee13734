import { expect, test, vi } from "vitest";
import { judge } from "../framework/judge.ts";
import { ageClaim, compareAges } from "./age-claim.ts";
import { type OpenCaller, openConnectNode, openGrpcJs, openPolywire } from "./callers.ts";
import { type DrainSeen, drainUnderCalls, type Way } from "./drain.ts";
import { abruptClaim, clientsClaim, gracefulClaim } from "./drain-claims.ts";
import { callPolice } from "./police.ts";

vi.setConfig({ testTimeout: 60_000 });

const signal = AbortSignal.timeout(60_000);
const PING_MS = 150;

function drain(open: OpenCaller, way: Way = "graceful"): Promise<DrainSeen> {
  // Only two of them still run when the next ping is due.
  return drainUnderCalls({ caller: "", open, way, durationsMs: [80, 90, 1000, 1010], afterMs: 50, signal });
}

test("gracefulClaim + holds of ours, is refuted by sockets destroyed or nowhere to go, invalid when all survive", async () => {
  const alone: OpenCaller = ([first = ""]) => openPolywire([first]);
  const [graceful, abrupt, stranded] = await Promise.all([
    drain(openPolywire),
    drain(openPolywire, "abrupt"),
    drain(alone),
  ]);
  expect(judge(gracefulClaim(graceful, abrupt)).outcome).toBe("holds");
  expect(judge(gracefulClaim(abrupt, abrupt)).outcome).toBe("refuted");
  expect(stranded.calls.map(({ outcome }) => outcome)).toEqual(["OK", "OK", "OK", "OK"]);
  expect(judge(gracefulClaim(stranded, abrupt)).outcome).toBe("refuted");
  expect(judge(gracefulClaim(graceful, graceful)).outcome).toBe("invalid");

  expect(judge(abruptClaim(abrupt, graceful)).outcome).toBe("holds");
  expect(judge(abruptClaim(graceful, graceful)).outcome).toBe("refuted");
  expect(judge(abruptClaim(abrupt, abrupt)).outcome).toBe("invalid");
});

test("clientsClaim + depends on keepalive, holds without it whoever polices pings, and is invalid when nobody does", async () => {
  const eager = { caller: "", open: openGrpcJs(50) };
  const [bare, pinging, connectNode, policed, unpoliced] = await Promise.all([
    drain(openGrpcJs()),
    drain(openGrpcJs(PING_MS)),
    drain(openConnectNode(PING_MS)),
    callPolice({ ...eager, server: "polices pings" }, 1000),
    callPolice({ ...eager, server: "takes any" }, 300),
  ]);
  const police = { policed, unpoliced };
  expect(judge(clientsClaim([bare, pinging, connectNode], police))).toEqual({
    outcome: "depends",
    sides: ["holds", "refuted", "holds"],
  });
  expect(judge(clientsClaim([bare, connectNode], police)).outcome).toBe("holds");
  expect(pinging.calls.slice(2).map(({ outcome }) => outcome)).toEqual(["UNAVAILABLE", "UNAVAILABLE"]);
  expect(judge(clientsClaim([pinging], police)).outcome).toBe("refuted");
  expect(judge(clientsClaim([bare, pinging], { policed: unpoliced, unpoliced })).outcome).toBe("invalid");
});

test("callPolice + tells an eager client off and leaves one without pings alone", async () => {
  const caller = { caller: "", open: openGrpcJs(), server: "polices pings" } as const;
  expect(await callPolice(caller, 100)).toMatchObject({ outcome: "OK", pings: 0, goaway: null });
});

test("ageClaim + holds with an age, is refuted without one, invalid when the new backend gets calls anyway", async () => {
  const { aged, ageless } = await compareAges({ maxAgeMs: 100, rounds: 7, signal });
  expect(judge(ageClaim(aged, ageless)).outcome).toBe("holds");
  expect(judge(ageClaim(ageless, ageless)).outcome).toBe("refuted");
  expect(judge(ageClaim(aged, aged)).outcome).toBe("invalid");
});
