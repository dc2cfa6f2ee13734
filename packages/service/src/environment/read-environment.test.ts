import { expect, test } from "vitest";
import { z } from "zod";
import { ConfigError } from "./config-error.ts";
import { readEnvironment } from "./read-environment.ts";
import { variables } from "./variables.ts";

const schema = z.object({
  POLYWIRE_GRPC_PORT: variables.port,
  POLYWIRE_POSTGRES_URL: variables.postgresUrl,
  POLYWIRE_INVENTORY_ADDRESS: variables.grpcAddress.optional(),
});
const valid = { POLYWIRE_POSTGRES_URL: "postgres://a:b@127.0.0.1:5432/c" };

function problemsOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    readEnvironment(schema, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test("readEnvironment takes values and defaults, and leaves other variables alone", () => {
  expect(readEnvironment(schema, { ...valid, PATH: "/bin", POLYWIRE_GRPC_PORT: "5001" })).toEqual({
    ...valid,
    POLYWIRE_GRPC_PORT: 5001,
  });
});

test("readEnvironment counts an empty variable as absent", () => {
  expect(readEnvironment(schema, { ...valid, POLYWIRE_GRPC_PORT: "" }).POLYWIRE_GRPC_PORT).toBe(0);
});

test("readEnvironment names the nearest variable for an unknown POLYWIRE_ one", () => {
  expect(problemsOf({ ...valid, POLYWIRE_GPRC_PORT: "1" })).toEqual([
    "POLYWIRE_GPRC_PORT is not a variable of this app; did you mean POLYWIRE_GRPC_PORT?",
  ]);
});

test("readEnvironment lists what exists when nothing is near", () => {
  expect(problemsOf({ ...valid, POLYWIRE_X: "1" })).toEqual([
    expect.stringContaining("It knows POLYWIRE_GRPC_PORT, POLYWIRE_INVENTORY_ADDRESS, POLYWIRE_POSTGRES_URL"),
  ]);
});

test("readEnvironment reports every problem at once", () => {
  const problems = problemsOf({ POLYWIRE_GRPC_PORT: "70000", POLYWIRE_INVENTORY_ADDRESS: "nowhere", POLYWIRE_Y: "1" });
  expect(problems).toEqual([
    expect.stringContaining("POLYWIRE_Y is not a variable"),
    "POLYWIRE_GRPC_PORT: must be a whole number from 0 to 65535",
    "POLYWIRE_POSTGRES_URL is missing: expected postgres://user:password@host:port/database",
    "POLYWIRE_INVENTORY_ADDRESS: expected host:port or dns:///name:port",
  ]);
});

test.each(["127.0.0.1:5000", "[::1]:5000", "dns:///orders:5000", "dns://127.0.0.1:53/orders.internal:5000"])(
  "readEnvironment takes %s as the address of a service",
  (address) => {
    const environment = { ...valid, POLYWIRE_INVENTORY_ADDRESS: address };
    expect(readEnvironment(schema, environment).POLYWIRE_INVENTORY_ADDRESS).toBe(address);
  },
);

test.each(["orders", "http://orders:5000", "dns:///orders", "dns://orders:5000", "::1:5000"])(
  "readEnvironment refuses %s as the address of a service",
  (address) => {
    expect(problemsOf({ ...valid, POLYWIRE_INVENTORY_ADDRESS: address })).toHaveLength(1);
  },
);

test.each(["1.5", "-1", "65536", "http", "0x10", " 1"])("readEnvironment refuses %s as a port", (port) => {
  expect(problemsOf({ ...valid, POLYWIRE_GRPC_PORT: port })).toHaveLength(1);
});

test("variables.origins takes a list by commas and names every entry that is no origin", () => {
  const origins = z.object({ POLYWIRE_ALLOWED_ORIGINS: variables.origins });
  const read = (list: string) => readEnvironment(origins, { POLYWIRE_ALLOWED_ORIGINS: list }).POLYWIRE_ALLOWED_ORIGINS;
  expect(read("")).toEqual([]);
  expect(read(" https://shop.example:8443, http://localhost,")).toEqual([
    "https://shop.example:8443",
    "http://localhost",
  ]);
  expect(() => read("https://shop.example/,*,http://ok")).toThrow(
    /"https:\/\/shop.example\/" is not an origin;.*\n.*"\*" is not an origin;/,
  );
});
