import { rootCertificates } from "node:tls";
import { type ChannelCredentials, experimental } from "@grpc/grpc-js";
import { type TlsPem, type TlsSource, toTlsSource } from "./source.ts";

type Provider = experimental.CertificateProvider;

/** Credentials of a channel that uses, for each connection it makes, what is current then. */
export function tlsChannelCredentials(tls: TlsPem | TlsSource): ChannelCredentials {
  const source = toTlsSource(tls);
  const provider = createProvider(source);
  // Whether there is a certificate to show cannot change: grpc-js asks once.
  return experimental.createCertificateProviderChannelCredentials(provider, source.current.cert ? provider : null);
}

/** A source as grpc-js asks for it. */
function createProvider(source: TlsSource): Provider {
  const stops = new Map<unknown, () => void>();
  const tell = (listener: object, update: (pem: TlsPem) => void): void => {
    update(source.current);
    stops.set(listener, source.onReplaced(update));
  };
  const forget = (listener: object): void => {
    stops.get(listener)?.();
    stops.delete(listener);
  };
  return {
    addCaCertificateListener: (listener) =>
      tell(listener, ({ ca = rootCertificates.join("\n") }) => listener({ caCertificate: Buffer.from(ca) })),
    addIdentityCertificateListener: (listener) =>
      tell(listener, ({ cert = "", key = "" }) =>
        listener({ certificate: Buffer.from(cert), privateKey: Buffer.from(key) }),
      ),
    removeCaCertificateListener: forget,
    removeIdentityCertificateListener: forget,
  };
}
