import { describe, expect, test } from "vitest";
import { CALL_WIRES } from "../src/wires/wire.ts";
import { getRaw, sendRaw } from "./support/raw-calls.ts";
import { sharedSystem } from "./support/shared-system.ts";

const UPGRADE = {
  connection: "upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": Buffer.alloc(16).toString("base64"),
  "sec-websocket-protocol": "polywire.v1.json",
};

// Beyond the minute by which Envoy lets clocks differ.
const LONG_EXPIRED_SECONDS = -120;

const tokens = {
  TOKEN_INVALID: async () => "neither.a.token",
  TOKEN_EXPIRED: () => sharedSystem().issueToken("late", [], LONG_EXPIRED_SECONDS),
};

describe.each(Object.entries(tokens))("the front door says %s", (reason, makeToken) => {
  const refused = { code: "UNAUTHENTICATED", reason };

  test.each(CALL_WIRES.filter((wire) => wire !== "ws-json"))("in the form of %s", async (wire) => {
    const { endpoints } = sharedSystem();
    const frontDoor = endpoints.frontDoor ?? "";
    const throughEnvoy = { ...endpoints, gateway: frontDoor, ordersGrpc: frontDoor };
    const token = await makeToken();
    const refusal = await sendRaw(wire, new Uint8Array(), { endpoints: throughEnvoy, token });
    expect(refusal).toMatchObject(refused);
    expect(refusal.text).not.toContain(token);
  });

  test.each([
    ["ws-json", "/rt/ws?", UPGRADE],
    ["sse", "/rt/sse?channel=orders.customer.late&", {}],
  ])("to who opens %s with a token in the query, without repeating it", async (_, path, headers) => {
    const token = await makeToken();
    const { endpoints } = sharedSystem();
    const refusal = await getRaw(endpoints.frontDoor ?? "", `${path}access_token=${token}`, headers);
    expect(refusal).toMatchObject(refused);
    expect(refusal.text).not.toContain(token);
  });
});

test.each([
  ["http://localhost:5173", "http://localhost:5173"],
  ["https://pages.example", null],
  ["http://localhost.pages.example", null],
])("the front door answers a preflight of %s with the origin %s", async (origin, allowed) => {
  const { frontDoor } = sharedSystem();
  const headers = { origin, "access-control-request-method": "POST" };
  const reply = await fetch(`${frontDoor}/v1/orders`, { method: "OPTIONS", headers });
  expect(reply.headers.get("access-control-allow-origin")).toBe(allowed);
});

test("the page's server answers an address that no URL can hold, and goes on", async () => {
  const reply = await fetch(`${sharedSystem().frontDoor}/endpoints.json`);
  const { web } = (await reply.json()) as { web: string };
  expect((await fetch(`${web}//`)).status).toBe(404);
  expect((await fetch(`${web}/`)).status).toBe(200);
});
