import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createTokenIssuer, generateTokenKey, type TokenIssuer } from "@polywire/rpc";

/** A token issuer whose keys are published over HTTP. */
export interface TestTokens extends AsyncDisposable {
  issuer: TokenIssuer;
  jwksUrl: string;
}

export async function startTokens(): Promise<TestTokens> {
  const issuer = createTokenIssuer({ privateJwk: await generateTokenKey() });
  const server = createServer((_, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify(issuer.jwks));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    issuer,
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
