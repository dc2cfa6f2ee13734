import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  SignJWT,
} from "jose";

/** What a token is issued for. */
export interface TokenRequest {
  /** The customer or service. */
  subject: string;
  /** Default: none. */
  scopes?: readonly string[];
  /** How long the token lives, in seconds. Default: 3,600. */
  ttlSeconds?: number;
}

/** Issues development tokens. */
export interface TokenIssuer {
  issue(request: TokenRequest): Promise<string>;
  /** The public keys, to publish at `/.well-known/jwks.json` (RFC 7517). */
  readonly jwks: JSONWebKeySet;
}

/** Options of {@link createTokenIssuer}. */
export interface TokenIssuerOptions {
  /** From {@link generateTokenKey}. */
  privateJwk: JWK;
  /** `iss` of the tokens. Default: "polywire-dev". */
  issuer?: string;
  /** `aud` of the tokens. Default: "polywire". */
  audience?: string;
  /** Epoch milliseconds. Default: Date.now. */
  clock?: () => number;
}

/** Makes an Ed25519 key pair (RFC 8037) as a private JWK, named by its thumbprint (RFC 7638). */
export async function generateTokenKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: "EdDSA", use: "sig" };
}

/** Issues EdDSA tokens for development. Throws when the key is not a private Ed25519 JWK with a `kid`. */
export function createTokenIssuer(options: TokenIssuerOptions): TokenIssuer {
  const { privateJwk, issuer = "polywire-dev", audience = "polywire", clock = Date.now } = options;
  const { d, ...publicJwk } = privateJwk;
  const { kid } = privateJwk;
  if (d === undefined || kid === undefined || privateJwk.crv !== "Ed25519") {
    throw new TypeError(
      "createTokenIssuer: privateJwk must be a private Ed25519 key with a kid; make one by generateTokenKey()",
    );
  }
  return {
    jwks: { keys: [publicJwk] },
    async issue({ subject, scopes = [], ttlSeconds = 3600 }) {
      const issuedAt = Math.floor(clock() / 1000);
      return new SignJWT({ scope: scopes.join(" ") })
        .setProtectedHeader({ alg: "EdDSA", kid, typ: "JWT" })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ttlSeconds)
        .sign(await importJWK(privateJwk, "EdDSA"));
    },
  };
}
