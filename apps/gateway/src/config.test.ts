import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

const REQUIRED = { POLYWIRE_ORDERS_ADDRESS: "127.0.0.1:5001", POLYWIRE_TOKEN_KEY_FILE: "/keys/token.json" };

test("readConfig + needs the order service and the key file, and has defaults for the rest", () => {
  expect(readConfig(REQUIRED)).toEqual({
    host: "127.0.0.1",
    httpPort: 0,
    instance: "0",
    logLevel: "info",
    ordersAddress: "127.0.0.1:5001",
    tokenKeyFile: "/keys/token.json",
    allowedOrigins: [],
  });
  expect(() => readConfig({})).toThrow(/POLYWIRE_ORDERS_ADDRESS is missing[\s\S]*POLYWIRE_TOKEN_KEY_FILE is missing/);
});

test("readConfig + reads a list of origins and refuses what is none", () => {
  const read = (list: string) => readConfig({ ...REQUIRED, POLYWIRE_ALLOWED_ORIGINS: list }).allowedOrigins;
  expect(read("http://localhost:5173, https://shop.example")).toEqual([
    "http://localhost:5173",
    "https://shop.example",
  ]);
  expect(read("")).toEqual([]);
  expect(() => read("http://localhost:5173/,*")).toThrow(
    'POLYWIRE_ALLOWED_ORIGINS: "http://localhost:5173/" is not an origin',
  );
});

test("readConfig + a misspelt variable is an error that names the right one", () => {
  expect(() => readConfig({ ...REQUIRED, POLYWIRE_HTTP_PROT: "1" })).toThrow("did you mean POLYWIRE_HTTP_PORT?");
});
