import { z } from "zod";
import { ConfigError } from "./config-error.ts";

/** TLS of an app's gRPC: of the port that it serves and of its calls to other services. */
export interface TlsConfig {
  /** The certificate that it shows, PEM. */
  certFile?: string;
  /** Its private key, PEM. */
  keyFile?: string;
  /** The authorities that it trusts, PEM. */
  caFile?: string;
  /** Whether its own clients must show a certificate of these authorities. */
  requireClientCertificate: boolean;
}

const path = z.string().optional();

/** The variables of TLS, to be spread into an app's schema. All absent: no TLS. */
export const tlsVariables = {
  POLYWIRE_TLS_CERT_FILE: path,
  POLYWIRE_TLS_KEY_FILE: path,
  POLYWIRE_TLS_CA_FILE: path,
};

/** The same for an app that serves gRPC. */
export const serverTlsVariables = {
  ...tlsVariables,
  POLYWIRE_TLS_CLIENT_CERTIFICATE: z.enum(["none", "required"]).default("none"),
};

type Values = z.output<z.ZodObject<typeof tlsVariables>> & Partial<z.output<z.ZodObject<typeof serverTlsVariables>>>;

/**
 * What the variables of TLS say.
 *
 * @param values the parsed variables
 * @returns undefined for an app without TLS
 * @throws ConfigError for a certificate without its key, a server without a certificate, and mTLS without authorities
 */
export function tlsConfig(values: Values): TlsConfig | undefined {
  const { POLYWIRE_TLS_CERT_FILE: certFile, POLYWIRE_TLS_KEY_FILE: keyFile, POLYWIRE_TLS_CA_FILE: caFile } = values;
  const clients = values.POLYWIRE_TLS_CLIENT_CERTIFICATE;
  const isServer = clients !== undefined;
  const isAbsent = certFile === undefined && keyFile === undefined && caFile === undefined;
  if (isAbsent && clients !== "required") return undefined;
  const problems: string[] = [];
  if ((certFile === undefined) !== (keyFile === undefined) || (isServer && certFile === undefined)) {
    problems.push("POLYWIRE_TLS_CERT_FILE and POLYWIRE_TLS_KEY_FILE: one is nothing without the other");
  }
  if (clients === "required" && caFile === undefined) {
    problems.push("POLYWIRE_TLS_CA_FILE is missing: whose certificates are clients to show?");
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    ...(certFile !== undefined && { certFile }),
    ...(keyFile !== undefined && { keyFile }),
    ...(caFile !== undefined && { caFile }),
    requireClientCertificate: clients === "required",
  };
}
