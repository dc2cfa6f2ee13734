import { expect, test } from "vitest";
import { partOptionsFromEnvironment, resolvePartOptions } from "./options.ts";

test("partOptionsFromEnvironment takes the four variables, counts an empty one as absent and passes the rest on", () => {
  const environment = { POLYWIRE_NATS_URL: "nats://a:1", NATS_SERVER_BIN: "/n", ENVOY_BIN: "", PATH: "/bin" };
  expect(partOptionsFromEnvironment(environment)).toEqual({
    natsUrl: "nats://a:1",
    natsServerBin: "/n",
    environment,
  });
});

test.each([
  [{ natsUrl: "http://a" }, "POLYWIRE_NATS_URL must be a URL that begins with nats://"],
  [{ postgresUrl: "secret" }, "POLYWIRE_POSTGRES_URL must be a URL that begins with postgres://"],
  [{ root: "relative" }, "root must be an absolute path"],
  [{ fetchTimeoutMs: 0 }, "fetchTimeoutMs must be above 0"],
])("resolvePartOptions refuses %j", (options, message) => {
  expect(() => resolvePartOptions(options)).toThrow(message);
});
