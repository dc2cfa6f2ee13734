import { expect, test } from "vitest";
import { summarize } from "./summary.ts";

const OUTPUT = `Computed 9 test case permutation(s) across 2 server configuration(s).
Running 4 tests with reference-client for server config #1 {HTTP_VERSION_1, PROTOCOL_CONNECT, TLS:false}...
Running 3 tests with reference-client for server config #2 {HTTP_VERSION_2, PROTOCOL_GRPC, TLS:false}...
Running 2 tests with grpc-reference-client for server config #3 {HTTP_VERSION_2, PROTOCOL_GRPC, TLS:false}...
FAILED: Basic/HTTPVersion:1/Protocol:PROTOCOL_CONNECT/Codec:CODEC_JSON/TLS:false/unary/error:
\texpecting an error but received none
INFO: gRPC Unexpected Requests/HTTPVersion:2/TLS:false/unexpected-verb failed (as expected):
\texpecting an error but received none
FAILED: Connect with GET/HTTPVersion:1/TLS:false/x was expected to fail but did not

Total cases: 9
6 passed, 2 failed
(Another 1 failed as expected due to being known failures/flakes.)
`;

test("summarize counts cases by protocol and version of HTTP", () => {
  const { groups, knownFailing, failed } = summarize(OUTPUT);
  expect(groups).toEqual([
    { protocol: "Connect", http: "HTTP/1.1", cases: 4, knownFailing: 0, failed: 2 },
    { protocol: "gRPC", http: "HTTP/2", cases: 5, knownFailing: 1, failed: 0 },
  ]);
  expect(knownFailing).toEqual(["gRPC Unexpected Requests/HTTPVersion:2/TLS:false/unexpected-verb"]);
  expect(failed).toHaveLength(2);
});

test("summarize refuses output that ends early", () => {
  expect(() => summarize(OUTPUT.slice(0, 200))).toThrow("has not run to its end");
});

test("summarize refuses lines that do not add up to the runner's count", () => {
  expect(() => summarize(OUTPUT.replace("Running 4", "Running 5"))).toThrow("counts 9 cases, its lines add up to 10");
});
