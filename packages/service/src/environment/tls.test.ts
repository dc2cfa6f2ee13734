import { expect, test } from "vitest";
import { z } from "zod";
import { readEnvironment } from "./read-environment.ts";
import { serverTlsVariables, tlsConfig, tlsVariables } from "./tls.ts";

const ofServer = (environment: Record<string, string>) =>
  tlsConfig(readEnvironment(z.object(serverTlsVariables), environment));
const ofClient = (environment: Record<string, string>) =>
  tlsConfig(readEnvironment(z.object(tlsVariables), environment));

const CERT = { POLYWIRE_TLS_CERT_FILE: "/tls/tls.crt", POLYWIRE_TLS_KEY_FILE: "/tls/tls.key" };
const CA = { POLYWIRE_TLS_CA_FILE: "/tls/ca.crt" };

test("tlsConfig is nothing without variables", () => {
  expect([ofServer({}), ofClient({})]).toEqual([undefined, undefined]);
});

test("tlsConfig has the files, and whether clients must show a certificate", () => {
  const files = { certFile: "/tls/tls.crt", keyFile: "/tls/tls.key" };
  expect(ofServer(CERT)).toEqual({ ...files, requireClientCertificate: false });
  expect(ofServer({ ...CERT, ...CA, POLYWIRE_TLS_CLIENT_CERTIFICATE: "required" })).toEqual({
    ...files,
    caFile: "/tls/ca.crt",
    requireClientCertificate: true,
  });
  expect(ofClient(CA)).toEqual({ caFile: "/tls/ca.crt", requireClientCertificate: false });
});

test.each([
  ["a server without a certificate", () => ofServer(CA), "POLYWIRE_TLS_CERT_FILE"],
  [
    "a certificate without its key",
    () => ofClient({ POLYWIRE_TLS_CERT_FILE: "/tls/tls.crt" }),
    "one is nothing without",
  ],
  [
    "mTLS without authorities",
    () => ofServer({ ...CERT, POLYWIRE_TLS_CLIENT_CERTIFICATE: "required" }),
    "CA_FILE is missing",
  ],
  ["mTLS without anything", () => ofServer({ POLYWIRE_TLS_CLIENT_CERTIFICATE: "required" }), "CA_FILE is missing"],
])("tlsConfig refuses %s", (_, read, message) => {
  expect(read).toThrow(message);
});
