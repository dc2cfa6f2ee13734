import { expect, test } from "vitest";
import { describeMachine, withServers } from "./machine.ts";

test("describeMachine withServers + says the versions of what ran, leaving out the servers that did not", async () => {
  const machine = withServers(await describeMachine(), { postgres: "18.4", nats: null });
  expect(machine.versions).toMatchObject({ node: process.versions.node, postgres: "18.4" });
  expect(machine.versions["@bufbuild/protobuf"]).toMatch(/^\d+\.\d+\.\d+/);
  expect(machine.versions).not.toHaveProperty("nats");
  expect(machine.gitRevision).toMatch(/^([0-9a-f]{40}(-dirty)?)?$/);
  expect(machine).toMatchObject({ platform: `${process.platform} ${process.arch}`, cpuCount: expect.any(Number) });
});
