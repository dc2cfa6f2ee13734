import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));

function gatewayProcess(environment: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], { env: { PATH: process.env.PATH, ...environment } });
  return Object.assign(child, {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  });
}

async function startedAt(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("no standard output");
  for await (const line of createInterface(child.stdout)) {
    const { msg, addresses } = JSON.parse(line);
    if (msg === "started") return addresses.http;
  }
  throw new Error("the gateway ended before it had started");
}

test("main + serves without the order service, and SIGTERM ends it with 0", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gateway-main-"));
  await using child = gatewayProcess({
    POLYWIRE_ORDERS_ADDRESS: "127.0.0.1:1",
    POLYWIRE_TOKEN_KEY_FILE: join(folder, "key.json"),
  });
  const address = await startedAt(child);
  expect((await fetch(`http://${address}/livez`)).status).toBe(200);
  const ready = await fetch(`http://${address}/readyz`);
  expect([ready.status, await ready.json()]).toMatchObject([503, { ready: false }]);
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
  await rm(folder, { recursive: true });
});

test("main + a configuration that is not valid ends it with 2 and one clear text", async () => {
  await using child = gatewayProcess({ POLYWIRE_ORDER_ADDRESS: "127.0.0.1:1" });
  const stderr: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const [code] = await once(child, "close");
  expect(code).toBe(2);
  expect(Buffer.concat(stderr).toString()).toContain("did you mean POLYWIRE_ORDERS_ADDRESS?");
});
