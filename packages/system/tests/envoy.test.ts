import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { env } from "node:process";
import { expect, test } from "vitest";
import { findEnvoy, freePort, partOptionsFromEnvironment, startEnvoy } from "../src/index.ts";
import { isRunning } from "../src/process/process-identity.ts";

const parts = partOptionsFromEnvironment(env);

/** One listener that passes everything on to one port. */
function config(port: number, upstream: number): string {
  return `
static_resources:
  listeners:
    - address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }
      filter_chains:
        - filters:
            - name: envoy.filters.network.tcp_proxy
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                stat_prefix: all
                cluster: upstream
  clusters:
    - name: upstream
      type: STATIC
      load_assignment:
        cluster_name: upstream
        endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${upstream} } } } }] }]
`;
}

test("findEnvoy finds or fetches an Envoy that runs", async () => {
  expect(await findEnvoy(parts)).toMatchObject({ found: true, version: expect.stringMatching(/^1\.\d+\.\d+$/) });
}, 300_000);

test("startEnvoy serves its configuration and leaves nothing behind when closed", async () => {
  const upstream = createServer((_, response) => response.end("through"));
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const { port } = await freePort();
  const envoy = await startEnvoy({ parts, port, config: config(port, (upstream.address() as AddressInfo).port) });
  const { pids } = envoy;
  const response = await fetch(envoy.url, { headers: { connection: "close" } });
  expect(await response.text()).toBe("through");
  expect(await (await fetch(`${envoy.adminUrl}/server_info`)).json()).toMatchObject({ state: "LIVE" });
  await envoy.close();
  expect(pids.filter(isRunning)).toEqual([]);
  await new Promise((resolve) => upstream.close(resolve));
});

test("startEnvoy with a configuration it refuses rejects with what Envoy says", async () => {
  await expect(startEnvoy({ parts, port: 1, config: "no_such_section: {}" })).rejects.toThrow(
    /envoy ended with code 1.*\n.*no_such_section/s,
  );
});

test("startEnvoy on a port that is taken rejects with what Envoy says", async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const { port } = holder.address() as AddressInfo;
  await expect(startEnvoy({ parts, port, config: config(port, 1) })).rejects.toThrow(/Address already in use/i);
  await new Promise((resolve) => holder.close(resolve));
});
