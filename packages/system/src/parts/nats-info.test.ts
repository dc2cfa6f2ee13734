import { expect, test } from "vitest";
import { parseNatsInfo } from "./nats-info.ts";

test("parseNatsInfo reads the version and whether JetStream is on", () => {
  expect(parseNatsInfo('INFO {"version":"2.15.2","jetstream":true,"max_payload":1}')).toEqual({
    version: "2.15.2",
    jetstream: true,
  });
  expect(parseNatsInfo('INFO {"version":"2.15.2"}')).toEqual({ version: "2.15.2", jetstream: false });
});

test.each(["HTTP/1.1 400 Bad Request", "INFO {", "INFO null", "INFO {}", ""])("parseNatsInfo refuses %j", (line) => {
  expect(parseNatsInfo(line)).toBeUndefined();
});
