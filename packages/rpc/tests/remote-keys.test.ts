import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { createTokenIssuer, createTokenVerifier, errorDetails, generateTokenKey, rpcError } from "../src/index.ts";

async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    jwksUrl: `http://127.0.0.1:${port}/jwks.json`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const issuer = createTokenIssuer({ privateJwk: await generateTokenKey() });
const token = await issuer.issue({ subject: "customer-1" });

async function reasonOf(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return errorDetails(ConnectError.from(error)).reason;
}

test("createTokenVerifier fetches the keys once for many tokens", async () => {
  let fetches = 0;
  await using keys = await serve((_request, response) => {
    fetches += 1;
    response.setHeader("content-type", "application/json").end(JSON.stringify(issuer.jwks));
  });
  const verify = createTokenVerifier({ jwksUrl: keys.jwksUrl });
  const tokens = await Promise.all(["a", "b", "c"].map((subject) => issuer.issue({ subject })));
  const verified = await Promise.all(tokens.map((each) => verify(each)));
  expect(verified.map(({ subject }) => subject)).toEqual(["a", "b", "c"]);
  expect(fetches).toBe(1);
});

test("createTokenVerifier waits for the keys no longer than the call does", async () => {
  const asked = Promise.withResolvers<void>();
  await using keys = await serve(() => asked.resolve());
  const call = new AbortController();
  const verifying = reasonOf(createTokenVerifier({ jwksUrl: keys.jwksUrl })(token, call.signal));
  await asked.promise;
  call.abort(rpcError("DEADLINE_PASSED", "late"));
  expect(await verifying).toBe("DEADLINE_PASSED");
});

test("createTokenVerifier waits for the keys no longer than fetchTimeoutMs", async () => {
  await using keys = await serve(() => {});
  const verify = createTokenVerifier({ jwksUrl: keys.jwksUrl, fetchTimeoutMs: 20 });
  expect(await reasonOf(verify(token))).toBe("UPSTREAM_UNAVAILABLE");
});

test.each([
  ["an error", (status: { statusCode: number }) => (status.statusCode = 500)],
  ["something else than keys", () => {}],
])("createTokenVerifier says that the keys cannot be had when their server answers %s", async (_what, prepare) => {
  await using keys = await serve((_request, response) => {
    prepare(response);
    response.end("sorry");
  });
  expect(await reasonOf(createTokenVerifier({ jwksUrl: keys.jwksUrl })(token))).toBe("UPSTREAM_UNAVAILABLE");
});

test("createTokenVerifier says that the keys cannot be had when nobody listens", async () => {
  let jwksUrl = "";
  {
    await using keys = await serve(() => {});
    jwksUrl = keys.jwksUrl;
  }
  expect(await reasonOf(createTokenVerifier({ jwksUrl })(token))).toBe("UPSTREAM_UNAVAILABLE");
});
