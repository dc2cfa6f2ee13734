import type { Socket } from "node:net";
import { connect, createSecureContext, type SecureContext, TLSSocket } from "node:tls";

/** TLS on both sides of a proxy, which sees what is in between in plain. All of it PEM. */
export interface ProxyTlsOptions {
  /** What clients are shown. With `ca` they must show a certificate of that authority themselves. */
  readonly server: { readonly cert: string; readonly key: string; readonly ca?: string };
  /**
   * Whom the upstream must be certified by, and what it is shown. `servername`: the name that its certificate must have;
   * default: the one that the client asked for, else `localhost`.
   */
  readonly upstream: {
    readonly ca: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
  };
}

/** What of the options can be prepared once for all connections. */
export interface ResolvedProxyTls {
  readonly server: SecureContext;
  readonly asksClients: boolean;
  readonly upstream: SecureContext;
  readonly servername: string | undefined;
}

/**
 * Reads keys and certificates.
 * @throws Error when one can't be read.
 */
export function resolveProxyTls({ server, upstream }: ProxyTlsOptions): ResolvedProxyTls {
  const { servername, ...shown } = upstream;
  return {
    server: createSecureContext(server),
    asksClients: server.ca !== undefined,
    upstream: createSecureContext(shown),
    servername,
  };
}

/** What decoders can read, and so what is agreed on: the client's first choice of these (RFC 7301). */
const PROTOCOLS: readonly string[] = ["h2", "http/1.1"];

/** Takes over an accepted socket as its server; `secure` tells when both have agreed. */
export function secureClient(raw: Socket, { server, asksClients }: ResolvedProxyTls): TLSSocket {
  const options = {
    isServer: true,
    secureContext: server,
    requestCert: asksClients,
    rejectUnauthorized: asksClients,
    allowHalfOpen: true,
    ALPNCallback: ({ protocols }: { readonly protocols: readonly string[] }) =>
      protocols.find((protocol) => PROTOCOLS.includes(protocol)),
  };
  return new TLSSocket(raw, options);
}

/** Begins TLS on a socket that is being connected to the upstream, with what was agreed on with the client. */
export function secureUpstream(raw: Socket, client: TLSSocket, { upstream, servername }: ResolvedProxyTls): TLSSocket {
  const { alpnProtocol } = client;
  const asked = (client as TLSSocket & { readonly servername?: string | false }).servername;
  const options = {
    socket: raw,
    secureContext: upstream,
    servername: servername ?? (asked || "localhost"),
    allowHalfOpen: true,
    ...(typeof alpnProtocol === "string" && { ALPNProtocols: [alpnProtocol] }),
  };
  return connect(options);
}

/** Whether the upstream has taken the protocol that was agreed on with the client; without ALPN both sides know what they do. */
export function speakTheSame(client: TLSSocket, upstream: TLSSocket): boolean {
  return (client.alpnProtocol || null) === (upstream.alpnProtocol || null);
}
