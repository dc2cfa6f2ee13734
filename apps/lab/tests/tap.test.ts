import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { eventsOf } from "@polywire/wire/tap";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { RunDocument } from "../src/system/discovery.ts";
import { homePaths } from "../src/system/home.ts";
import { readCalls } from "../src/tap/call-record.ts";
import type { CallReport } from "../src/tap/call-report.ts";
import type { HopEvent } from "../src/tap/hop-event.ts";
import { readTaps } from "../src/tap/tap-client.ts";
import { CALL_WIRES } from "../src/wires/wire.ts";
import { openChromium } from "./support/chromium.ts";
import { runLab, spawnLab, startLab } from "./support/lab-process.ts";
import { ownHome } from "./support/own-home.ts";
import { watchPostgres } from "./support/watched-postgres.ts";

const stack = new AsyncDisposableStack();
let environment: Readonly<Record<string, string>> = {};
let folder = "";

beforeAll(async () => {
  const home = stack.use(await ownHome());
  ({ environment, path: folder } = home);
  const lab = stack.use(startLab({ args: ["up", "--tap", "--json"], environment }));
  await lab.saw(/"ready":true/);
});
afterAll(() => stack.disposeAsync());

async function call(...args: string[]): Promise<CallReport> {
  const { code, stdout, stderr } = await runLab({ args: ["call", ...args, "--json"], environment });
  expect(stdout, `${code} ${stderr}`).not.toBe("");
  return JSON.parse(stdout);
}

const BEHIND_ORDERS = ["orders>pricing", "pricing>inventory", "orders>inventory"];
const HOPS: Readonly<Record<(typeof CALL_WIRES)[number], readonly string[]>> = {
  "rest-h1": ["client>gateway", "gateway>orders"],
  "rest-h2": ["client>envoy", "envoy>gateway", "gateway>orders"],
  grpc: ["client>orders"],
  "grpc-web": ["client>envoy", "envoy>orders"],
  "connect-json": ["client>envoy", "envoy>orders"],
  "connect-binary": ["client>envoy", "envoy>orders"],
  "ws-json": ["client>envoy", "envoy>realtime", "realtime>orders"],
};

test.each(CALL_WIRES)("lab call + follows an order over %s through every hop, its deadline shrinking", async (wire) => {
  const report = await call("CreateOrder", "--wire", wire, "--tap", "--timeout", "20000");
  expect(report).toMatchObject({ wire, error: null, response: { order: { customerId: "lab" } } });
  expect(report.calls.map(({ hop }) => hop)).toEqual([...HOPS[wire], ...BEHIND_ORDERS]);
  const ids = report.calls.map(({ requestId }) => requestId).filter((id) => id !== null);
  expect([...new Set(ids)]).toEqual([report.requestId]);

  const left = new Map(report.calls.map(({ hop, timeoutMs }) => [hop, timeoutMs ?? 0]));
  const first = report.calls[0].timeoutMs ?? 0;
  expect(first).toBeGreaterThan(15_000);
  expect(first).toBeLessThanOrEqual(20_000);
  // Envoy passes a deadline on as it is; every service of ours keeps something of it for itself.
  const own = report.calls.filter(({ hop }) => !hop.startsWith("envoy>") && hop !== "orders>inventory");
  const budgets = own.map(({ timeoutMs }) => timeoutMs ?? 0);
  expect(budgets).toEqual([...new Set(budgets)].toSorted((a, b) => b - a));
  expect(left.get("orders>inventory")).toBeLessThan(left.get("orders>pricing") ?? 0);
});

test("lab call --tap + shows the SQL of a call, and the statement that its deadline cancelled", async () => {
  // What earlier orders left to be done has been done: nobody else is at the services.
  const { tap: taps } = JSON.parse(readFileSync(homePaths(folder).run, "utf8")) as RunDocument;
  const unconfirmed = async (): Promise<number> => {
    const calls = readCalls(await readTaps(taps ?? "", { hops: ["orders>inventory"] })).filter(
      ({ code }) => code === "OK",
    );
    const times = (name: string): number => calls.filter(({ path }) => path?.endsWith(`/${name}`)).length;
    return times("Reserve") - times("ConfirmReservation");
  };
  await expect.poll(unconfirmed, { timeout: 30_000 }).toBe(0);
  const placed = await call("CreateOrder", "--wire", "rest-h1", "--tap", "--timeout", "20000");
  const done = placed.sql.transactions.map(({ hop, statements }) => [hop, statements.at(-1)?.sql.split(" ")[0]]);
  expect(done).toEqual(
    expect.arrayContaining([
      ["inventory>postgres", "select"],
      ["pricing>postgres", "select"],
      ["inventory>postgres", "commit"],
      ["orders>postgres", "commit"],
    ]),
  );

  await using postgres = watchPostgres(folder);
  await postgres.whileLocked("inventory.stock", async () => {
    const report = await call("CreateOrder", "--wire", "grpc", "--tap", "--timeout", "500");
    expect(report.error?.code).toBe("DEADLINE_EXCEEDED");
    const waited = report.sql.transactions.find(({ hop }) => hop === "inventory>postgres");
    expect(waited).toMatchObject({
      hop: "inventory>postgres",
      statements: [{ outcome: "cancelled", sqlstate: "57014", cancelRequested: true }],
    });
    const began = report.calls.map(({ hop, startedAtMs }) => ({ hop, startedAtMs }));
    expect(began.map(({ hop }) => hop)).toEqual(["client>orders", "orders>pricing", "pricing>inventory"]);
    expect(waited?.statements[0].startedAtMs).toBeGreaterThan(began[2]?.startedAtMs ?? Number.NaN);
  });
});

test.each(["grpc", "grpc-web", "connect-binary"])(
  "lab call --json + decodes the messages of %s by our contracts",
  async (wire) => {
    const { events } = await call("CreateOrder", "--wire", wire);
    const messages = events.flatMap((event) =>
      event.layer === "call" && event.event.type === "message" ? [event.event] : [],
    );
    const [request, response] = messages;
    expect(request).toMatchObject({ from: "client", typeName: "polywire.orders.v1.CreateOrderRequest" });
    expect(request?.fields?.map(({ number, name, value }) => [number, name, value])).toEqual([
      [1, "lines", null],
      [1, "lines", null],
      [1, "lines", null],
      [2, "currency_code", "EUR"],
      [3, "note", "Bitte beim Nachbarn abgeben – danke!"],
      [4, "shipping_address", null],
    ]);
    expect(request?.fields?.[0]?.fields?.map(({ name, value }) => [name, value])).toEqual([
      ["sku", "SKU-00001"],
      ["quantity", 2],
    ]);
    expect(response).toMatchObject({ typeName: "polywire.orders.v1.CreateOrderResponse" });
    expect(response?.fields?.[0]?.fields?.find(({ name }) => name === "status")?.value).toBe("ORDER_STATUS_PENDING");
  },
);

test.each(["connect-json", "ws-json", "rest-h1"])(
  "lab call --json + shows the JSON of %s, and no token",
  async (wire) => {
    const report = await call("GetOrder", "--wire", wire);
    const texts = report.events.flatMap((event) =>
      event.layer === "call" && event.event.type === "message" ? [event.event.text ?? ""] : [],
    );
    expect(texts.join("\n")).toContain('"customerId":"lab"');
    expect(JSON.stringify(report)).toMatch(/Bearer \[redacted, \d+ characters\]/);
    expect(JSON.stringify(report)).not.toMatch(/eyJ[\w-]{20}/);
  },
);

test("lab call + a failed call ends with 1 and the same code on every hop", async () => {
  const id = "00000000-0000-4000-8000-000000000000";
  const args = ["call", "GetOrder", JSON.stringify({ orderId: id }), "--wire", "rest-h2", "--tap", "--json"];
  const { code, stdout } = await runLab({ args, environment });
  expect(code).toBe(1);
  const report: CallReport = JSON.parse(stdout);
  expect(report.error).toMatchObject({ code: "NOT_FOUND" });
  expect(report.calls.map(({ hop, code: ended }) => [hop, ended])).toEqual([
    ["client>envoy", "404"],
    ["envoy>gateway", "404"],
    ["gateway>orders", "NOT_FOUND"],
  ]);
});

test.each(["orders>nats", "realtime>nats", "orders>postgres"])(
  "lab tap --hop %s --frames + shows the operations or messages of the hop, no password and no value",
  async (hop) => {
    const { stdout } = await runLab({ args: ["tap", "--hop", hop, "--frames"], environment });
    expect(stdout).toContain(`${hop}  connection 1`);
    expect(stdout).toMatch(hop.endsWith("nats") ? /H?PUB|HMSG/ : /Parse +insert into "orders"/);
    expect(stdout).not.toContain("Bitte beim Nachbarn");
    expect(stdout.split("\n").filter((line) => [...line].length > 80)).toEqual([]);
  },
);

test("lab call --show-wire + explains frames, fields and messages in 80 columns", async () => {
  const { code, stdout } = await runLab({ args: ["call", "CreateOrder", "--show-wire", "--tap"], environment });
  expect(code).toBe(0);
  for (const text of [
    "PREFACE",
    "HEADERS END_HEADERS",
    "grpc-timeout",
    "HPACK",
    "[0a](09)",
    "Across hops",
    "Deadline",
  ]) {
    expect(stdout).toContain(text);
  }
  expect(stdout.split("\n").filter((line) => [...line].length > 80)).toEqual([]);
});

test("lab call and lab tap --html + write pages that fit 390 and 1200 pixels and need nothing else", async () => {
  const files = ["call", "tap"].map((name) => join(folder, `${name}.html`));
  const [ofCall = "", ofTap = ""] = files;
  await runLab({ args: ["call", "CreateOrder", "--wire", "grpc-web", "--tap", "--html", ofCall], environment });
  await runLab({ args: ["tap", "--html", ofTap], environment });
  await using browser = await openChromium();
  const requests: string[] = [];
  browser.context.on("request", (request) => requests.push(request.url()));
  const page = await browser.context.newPage();
  page.on("console", (message) => requests.push(message.text()));
  page.on("pageerror", (error) => requests.push(String(error)));
  for (const file of files) {
    for (const width of [390, 1200]) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(`file://${file}`);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    }
  }
  expect([...new Set(requests)]).toEqual(files.map((file) => `file://${file}`));
  await page.goto(`file://${ofCall}`);
  expect(await page.getByRole("heading", { level: 2 }).allTextContents()).toEqual([
    ...["Across hops", "Deadline", "SQL", "On the connection", "Byte by byte"],
  ]);
  expect(await page.getByRole("img", { name: /^inventory>postgres, / }).count()).toBe(2);
});

test("lab tap --lanes + draws the streams of a hop in 80 columns", async () => {
  const { stdout } = await runLab({ args: ["tap", "--lanes", "--hop", "orders>pricing"], environment });
  expect(stdout).toMatch(/HTTP\/2 connection 1/);
  expect(stdout).toMatch(/ 1 QuoteOrder +[┃█▓]/);
  expect(stdout.split("\n").filter((line) => [...line].length > 80)).toEqual([]);
});

test("lab call --pcapng + writes a capture of the client's hop, which lab tap --import reads", async () => {
  const file = join(folder, "call.pcapng");
  const { code, stdout } = await runLab({ args: ["call", "GetOrder", "--pcapng", file], environment });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ order: { customerId: "lab" } });
  const nowhere = { POLYWIRE_HOME: join(folder, "nowhere") };
  const read = await runLab({ args: ["tap", "--import", file, "--json"], environment: nowhere });
  expect(read.stderr).toBe(`${file}: 1 connection, 1 call\n`);
  const events: HopEvent[] = read.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const [message] = eventsOf(events, "call", "message").map(({ event }) => event);
  expect(message).toMatchObject({ from: "client", typeName: "polywire.orders.v1.GetOrderRequest" });
  expect(new Set(events.map(({ hop }) => hop))).toEqual(new Set(["client>orders"]));
});

const RECORDING = new URL("../../../packages/wire/tests/recordings/loopback.pcap", import.meta.url).pathname;

test("lab tap --import + shows what others captured, and says what it left out", async () => {
  const whole = await runLab({ args: ["tap", "--import", RECORDING], environment });
  expect(whole.stdout).toMatch(/client>:47001 +← Get {2}NOT_FOUND/);
  expect(whole.stderr).toMatch(/: 3 connections, 5 calls\n$/);
  const lanes = await runLab({ args: ["tap", "--import", RECORDING, "--lanes"], environment });
  expect(lanes.stdout).toContain("WebSocket connection 3");

  const bytes = readFileSync(RECORDING);
  const hostile = join(folder, "hostile.pcap");
  writeFileSync(
    hostile,
    bytes.toString("latin1").replace("user-agent: connect-es", "user-agent: \u001b[2J-es-es"),
    "latin1",
  );
  const drawn = await runLab({ args: ["tap", "--import", hostile, "--frames"], environment });
  expect(drawn.stdout).toContain("user-agent ·[2J-es-es");

  const cut = join(folder, "cut.pcap");
  writeFileSync(cut, Buffer.concat([bytes.subarray(0, 24), bytes.subarray(24 + 16 + 74, bytes.length - 7)]));
  const part = await runLab({ args: ["tap", "--import", cut], environment });
  expect(part.code).toBe(0);
  expect(part.stderr).toContain("! left out: 1 connection open before the capture began");
  expect(part.stderr).toMatch(/! left out: \d+ bytes at the end/);
});

const tshark = spawnSync("tshark", ["--version"]).error === undefined;
if (!tshark && process.env.CI === "true") throw new Error("tshark is not installed");
if (!tshark) process.stderr.write("skipped: tshark is not installed (Debian: apt-get install tshark)\n");

/** What tshark finds in a capture of HTTP on this port, the values of one field in order. */
function dissect(file: string, { decodeAs, field }: { readonly decodeAs: string; readonly field: string }): number[] {
  const args = ["-r", file, "-d", decodeAs, "-Y", field, "-T", "fields", "-e", field];
  return spawnSync("tshark", args, { encoding: "utf8" }).stdout.split(/[\n,]/).filter(Boolean).map(Number);
}

test.skipIf(!tshark)("lab call --pcapng + tshark finds the frames and messages that the tap saw", async () => {
  const capture = async (wire: string) => {
    const file = join(folder, `${wire}.pcapng`);
    const args = ["call", "CreateOrder", "--wire", wire, "--pcapng", file, "--json"];
    const { stdout, stderr } = await runLab({ args, environment });
    const report: CallReport = JSON.parse(stdout);
    return { file, report, decodeAs: /-d (\S+)/.exec(stderr)?.[1] ?? "" };
  };
  const grpc = await capture("grpc");
  expect(dissect(grpc.file, { decodeAs: grpc.decodeAs, field: "grpc.message_length" })).toEqual(
    eventsOf(grpc.report.events, "call", "message").map(({ event }) => event.length),
  );
  const socket = await capture("ws-json");
  const frames = eventsOf(socket.report.events, "websocket", "frame").map(({ event }) => event.frame.opcode);
  expect(frames.length).toBeGreaterThan(1);
  expect(dissect(socket.file, { decodeAs: socket.decodeAs, field: "websocket.opcode" })).toEqual(frames);
});

test("lab tap + shows what the taps kept, and follows what comes", async () => {
  await using following = startLab({ args: ["tap", "--follow", "--json", "--hop", "gateway>orders"], environment });
  await call("GetOrder", "--wire", "rest-h1");
  await following.saw(/"type":"end".*"code":"OK"/);
  following.kill("SIGINT");
  const { code, stdout } = await following.ended;
  expect(code).toBe(0);
  const events: HopEvent[] = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect([...new Set(events.map(({ hop }) => hop))]).toEqual(["gateway>orders"]);
  const kept = await runLab({ args: ["tap", "--filter", "GetOrder"], environment });
  expect(kept.stdout).toMatch(/gateway>orders +← GetOrder {2}OK/);
});

test("lab tap + ends quietly when its reader has seen enough", async () => {
  const child = spawnLab({ args: ["tap", "--json", "--frames", "--follow"], environment });
  const [ended, errors] = [once(child, "exit"), text(child.stderr as Readable)];
  await once(child.stdout as Readable, "data");
  child.stdout?.destroy();
  // What comes next has nobody to go to.
  await call("GetOrder");
  expect([...(await ended), await errors]).toEqual([0, null, ""]);
});

test("lab faults set + sets a fault on a running hop, list shows that it bit, lift ends it", async () => {
  const faults = (...args: string[]) => runLab({ args: ["faults", "--json", ...args], environment });
  const set = await faults(
    "set",
    "gateway>orders",
    "rst-stream",
    "path=GetOrder",
    "errorCode=PROTOCOL_ERROR",
    "times=9",
  );
  const [{ id }] = JSON.parse(set.stdout);
  expect((await call("GetOrder", "--wire", "rest-h1")).error).toMatchObject({ code: "INTERNAL" });
  const fault = { kind: "rst-stream", path: "GetOrder", errorCode: "PROTOCOL_ERROR", times: 9 };
  const listed = JSON.parse((await faults("list")).stdout);
  expect(listed).toEqual([{ id, hop: "gateway>orders", fault, counts: { strikes: 1, bytes: expect.any(Number) } }]);
  const lifted = JSON.parse((await faults("lift", String(id))).stdout);
  expect(lifted).toEqual(listed);
  expect((await call("GetOrder", "--wire", "rest-h1")).error).toBeNull();
});

// Wrong usage changes nothing: the processes run side by side.
test.concurrent.each([
  [["faults", "set", "gateway>orders", "lag"], 2, "lag is no fault: choose one of latency"],
  [["faults", "set", "gateway>orders", "latency"], 2, "latency needs ms"],
  [["faults", "set", "gateway>orders", "freeze", "up"], 2, "write settings as name=value, got up"],
  [["faults", "set", "moon>orders", "freeze"], 2, "the hops are client>envoy"],
  [["faults", "lift", "77"], 1, "no fault 77 is set"],
])("lab %j + ends with %d and says what would be right", async (args, expected, complaint) => {
  const { code, stdout, stderr } = await runLab({ args, environment });
  expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
  expect(stderr).toContain(complaint);
});

test("the tap server sets no fault for a page from elsewhere", async () => {
  const { tap } = JSON.parse(readFileSync(join(folder, "run.json"), "utf8"));
  const body = JSON.stringify({ hop: "gateway>orders", fault: "freeze" });
  for (const headers of [{ "content-type": "text/plain" }, {}]) {
    const { status } = await fetch(`http://${tap}/faults`, { method: "POST", headers, body });
    expect(status).toBe(400);
  }
  expect(await (await fetch(`http://${tap}/faults`)).json()).toEqual([]);
});

test("the tap server outlives an address that can't be read", async () => {
  const { tap } = JSON.parse(readFileSync(join(folder, "run.json"), "utf8"));
  expect((await fetch(`http://${tap}//`)).status).toBe(400);
});

test.concurrent.each([
  [["call", "Fetch"], 2, "is no method of polywire.orders.v1.OrderService"],
  [["call", "WatchOrders"], 2, "is a stream"],
  [["call", "GetOrder", "[]"], 2, "must be a GetOrderRequest in JSON"],
  [["call", "ListOrders", "--wire", "rest-h1"], 2, "over rest-h1 it calls CreateOrder"],
  [["call", "GetOrder", "--wire", "telex"], 2, "Allowed choices are rest-h1"],
  [["tap", "--hop", "moon>orders"], 2, "the hops are client>envoy"],
  [["tap", "--import", "nowhere.pcap", "--follow"], 2, "cannot be used with option '--follow'"],
  [["tap", "--import", "nowhere.pcap"], 1, "nowhere.pcap: ENOENT"],
  [["tap", "--import", "package.json"], 1, "package.json: This is no capture"],
  [["tap", "--lanes", "--filter", "GetOrder"], 2, "cannot be used with option '--filter"],
])("lab %j + ends with %d and says what would be right", async (args, expected, complaint) => {
  const { code, stdout, stderr } = await runLab({ args, environment });
  expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
  expect(stderr).toContain(complaint);
});

test.concurrent.each([["call", "GetOrder"], ["tap"]])(
  "lab %s + says what to do when no system runs",
  async (...args) => {
    const { code, stderr } = await runLab({ args, environment: { POLYWIRE_HOME: join(folder, "nowhere") } });
    expect(code).toBe(1);
    expect(stderr).toContain("no system is running here: start one with");
  },
);

test("lab call --tap + says that the shared system, started without, has no taps", async () => {
  const home = { POLYWIRE_HOME: inject("systemHome") };
  const { code, stderr } = await runLab({ args: ["call", "GetOrder", "--tap"], environment: home });
  expect(code).toBe(1);
  expect(stderr).toContain("start it with `npm run lab -- up --tap`");
});
