import { generate } from "selfsigned";

/** A certificate and its private key, both PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/** What a certificate is for. */
export interface CertificateRequest {
  /** The subject's common name: which service it is. */
  name: string;
  /** DNS names and IP addresses that it is valid for. Default: `localhost`, 127.0.0.1 and ::1. */
  hosts?: readonly string[];
  /** How long it is valid, in milliseconds. Default: one day. */
  validMs?: number;
}

/** Issues certificates that nobody but its own clients trusts. */
export interface CertificateAuthority {
  /** Its own certificate, PEM: what clients trust. */
  readonly cert: string;
  /** Issues a certificate, for servers and for clients, with a serial number of its own. */
  issue(request: CertificateRequest): Promise<Certificate>;
}

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];
const DAY_MS = 24 * 3_600_000;
const IP_ADDRESS = /^[\d.]+$|:/;
// Elliptic curve keys are made in a millisecond, RSA ones in up to a second.
const KEYS = { keyType: "ec", curve: "P-256", algorithm: "sha256" } as const;

/**
 * Creates a certificate authority for development and tests: its key lives in memory and dies with the process.
 *
 * @param name the subject's common name. Default "Polywire development"
 * @returns the authority, valid for one day
 */
export async function createCertificateAuthority(name = "Polywire development"): Promise<CertificateAuthority> {
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
    ...KEYS,
    ...validity(DAY_MS),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    cert,
    async issue({ name: subject, hosts = LOOPBACK, validMs = DAY_MS }) {
      const issued = await generate([{ name: "commonName", value: subject }], {
        ...KEYS,
        ...validity(validMs),
        ca: { cert, key },
        extensions: [
          { name: "basicConstraints", cA: false },
          { name: "keyUsage", digitalSignature: true },
          { name: "extKeyUsage", serverAuth: true, clientAuth: true },
          { name: "subjectAltName", altNames: hosts.map(alternativeName) },
        ],
      });
      return { cert: issued.cert, key: issued.private };
    },
  };
}

// A minute back, because clocks of machines differ.
function validity(ms: number): { notBeforeDate: Date; notAfterDate: Date } {
  return { notBeforeDate: new Date(Date.now() - 60_000), notAfterDate: new Date(Date.now() + ms) };
}

function alternativeName(host: string) {
  return IP_ADDRESS.test(host) ? ({ type: 7, ip: host } as const) : ({ type: 2, value: host } as const);
}
