import { expect, test } from "vitest";
import type { CallReport } from "../call-report.ts";
import type { HopEvent } from "../hop-event.ts";
import { callPage } from "./call-page.ts";
import { html } from "./html.ts";
import { tapPage } from "./tap-page.ts";

const HOSTILE = `<script>alert("1")</script>' onload='x`;

const REPORT: CallReport = {
  ...{ wire: "grpc", path: "client>orders", method: "a.B/Get", request: {}, response: null, timeoutMs: 100 },
  ...{ error: { code: "INTERNAL", message: HOSTILE }, durationMs: 120, requestId: HOSTILE, events: [] },
  sql: {
    doubtful: 2,
    transactions: [
      {
        ...{ hop: "orders>postgres", connection: 1 },
        statements: [
          {
            ...{ id: 0, sql: HOSTILE, startedAtMs: 90, endedAtMs: 150, outcome: "cancelled", sqlstate: "57014" },
            ...{ rows: 0, cancelRequested: true },
          },
        ],
      },
    ],
  },
  calls: [
    {
      ...{
        hop: "client>orders",
        connection: 1,
        call: 1,
        style: "grpc",
        method: "POST",
        path: HOSTILE,
        requestId: HOSTILE,
      },
      ...{ timeoutMs: 100, startedAtMs: 0, answeredAtMs: null, endedAtMs: 120, code: null, cancelledBy: "client" },
      messages: [],
    },
  ],
};

/** A call, a statement and an operation that would all run what they are called. */
const HOSTILE_EVENTS = [
  { layer: "call", event: { type: "call", call: 1, style: "http", method: HOSTILE, path: HOSTILE, timeoutMs: null } },
  { layer: "http1", event: { type: "request", from: "client", exchange: 0, target: HOSTILE, headBytes: 9 } },
  { layer: "postgres", event: { type: "statement", id: 0, protocol: "simple", sql: HOSTILE } },
  { layer: "nats", event: { type: "PUB", from: "client", subject: HOSTILE } },
].map((event, seq) => ({ hop: "client>envoy", connection: 1, seq, atMs: seq, ...event }) as unknown as HopEvent);

test("html + escapes every value that is not HTML itself", () => {
  expect(html`<p title="${HOSTILE}">${html`<b>${"a&b"}</b>`}${[html`<i>1</i>`]}${2}</p>`.html).toBe(
    `<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39; onload=&#39;x"><b>a&amp;b</b><i>1</i>2</p>`,
  );
});

test.each([
  ["callPage", callPage(REPORT)],
  ["tapPage", tapPage(HOSTILE, HOSTILE_EVENTS)],
])("%s + needs nothing from elsewhere and runs nothing", (_, page) => {
  expect(page).not.toMatch(
    /<script|<link(?! rel="icon" href="data:,")|<img|<iframe|https?:|@import|url\((?!#)| on\w+='/,
  );
  expect(page).toMatch(/^<!doctype html>/);
  expect(page).toContain("&lt;script&gt;alert");
});

test("callPage + says in words what went on after the client had gone, and whose SQL is in doubt", () => {
  const page = callPage(REPORT);
  expect(page).toContain("1 of 2 went on after the client had gone, for up to 30.0 ms.");
  expect(page).toContain("30.0 ms late");
  expect(page).toContain('aria-label="orders&gt;postgres');
  expect(page).toContain("2 more transactions may belong to other calls");
});

test("tapPage + says that nothing was seen", () => {
  expect(tapPage("What the taps saw", [])).toContain("Nothing was seen");
});
