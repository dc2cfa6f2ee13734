import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";

/** Keys and certificates, PEM. */
export interface TlsPem {
  /** What this side shows: its certificate, followed by intermediate ones. A server needs it. */
  cert?: string;
  /** The private key of `cert`. */
  key?: string;
  /** Whom this side trusts. Default: the authorities that Node comes with. */
  ca?: string;
}

/** Where a side of TLS has its keys and certificates from; they may be replaced while it runs. */
export interface TlsSource {
  /** What the next handshake uses. */
  readonly current: TlsPem;
  /** Tells of each replacement, until what it returns is called. */
  onReplaced(listener: (pem: TlsPem) => void): () => void;
}

/** The source of PEM that stays as it is. Throws for PEM that cannot be used. */
export function toTlsSource(tls: TlsPem | TlsSource): TlsSource {
  if ("current" in tls) return tls;
  assertUsable(tls);
  return { current: tls, onReplaced: () => () => undefined };
}

/** Throws for PEM that is none, and for a key that is not the certificate's. */
export function assertUsable({ cert, key, ca }: TlsPem): void {
  if ((cert === undefined) !== (key === undefined)) throw new Error("TLS needs a certificate and its key, or neither");
  // Node passes over an authority that is no certificate.
  if (ca !== undefined) new X509Certificate(ca);
  createSecureContext({ cert, key, ca });
}
