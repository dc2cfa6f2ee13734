import { createTcpProxy } from "../../src/proxy/index.ts";
import { createTap } from "../../src/tap/index.ts";
import { TEST_REGISTRY } from "../../tests/support/test-proto.ts";
import { announce } from "./part.ts";

/** `between.ts tap|proxy PORT`: passes on to the port, with or without decoding. */
const [kind, port] = process.argv.slice(2);
const upstream = { host: "127.0.0.1", port: Number(port) };
const between =
  kind === "tap" ? await createTap({ upstream, registry: TEST_REGISTRY }) : await createTcpProxy({ upstream });
announce(between.address.port);
