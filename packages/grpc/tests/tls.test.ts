import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect as connectPlain } from "node:net";
import { connect } from "node:tls";
import { Code, createClient } from "@connectrpc/connect";
import { OrderService } from "@polywire/contract/polywire/orders/v1/order_service";
import { type CertificateAuthority, createCertificateAuthority } from "@polywire/service/development";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import {
  createGrpcTransport,
  type GrpcServerOptions,
  openTlsFiles,
  peerCertificate,
  type TlsPem,
  type TlsSource,
} from "../src/index.ts";
import { all, errorOf } from "./support/calls.ts";
import { certificateFiles } from "./support/certificates.ts";
import { ORDER_ID, startOrders } from "./support/orders-server.ts";

let authority: CertificateAuthority;
beforeAll(async () => {
  authority = await createCertificateAuthority();
});

/** The name that a server shows in a new handshake. */
async function shownBy(port: number): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", ca: authority.cert, ALPNProtocols: ["h2"] });
  await once(socket, "secureConnect");
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

const answer = { getOrder: () => ({ order: { note: "over TLS" } }) };

test("a server with TLS serves clients that trust its authority, all others get UNAVAILABLE", async () => {
  const identity = await authority.issue({ name: "orders" });
  await using orders = await startOrders(answer, {
    server: { tls: { identity } },
    transport: { tls: { ca: authority.cert } },
  });
  expect((await orders.client.getOrder({})).order?.note).toBe("over TLS");
  const stranger = (await createCertificateAuthority()).cert;
  for (const tls of [{ tls: { ca: stranger } }, { tls: {} }, {}]) {
    using transport = createGrpcTransport({ address: orders.address, ...tls });
    const call = createClient(OrderService, transport).getOrder({}, { timeoutMs: 5000 });
    expect((await errorOf(call)).code).toBe(Code.Unavailable);
  }
});

test("a client does not take a certificate that is for another host", async () => {
  const identity = await authority.issue({ name: "orders", hosts: ["elsewhere.example"] });
  await using orders = await startOrders(answer, {
    server: { tls: { identity } },
    transport: { tls: { ca: authority.cert } },
  });
  expect((await errorOf(orders.client.getOrder({}, { timeoutMs: 5000 }))).code).toBe(Code.Unavailable);
});

/** A server that requires certificates, a client that shows this one, and the names that callers have shown. */
async function startMutual(shown: TlsPem | TlsSource, server: Partial<GrpcServerOptions> = {}) {
  const seen: (string | undefined)[] = [];
  const identity = { ...(await authority.issue({ name: "orders" })), ca: authority.cert };
  const orders = await startOrders(
    {
      getOrder: (_request, { values }) => {
        seen.push(String(peerCertificate(values)?.subject.CN));
        return {};
      },
    },
    { server: { tls: { identity, requireClientCertificate: true }, ...server }, transport: { tls: shown } },
  );
  onTestFinished(() => orders[Symbol.asyncDispose]());
  return { orders, seen };
}

test("a server that requires certificates knows whose they are, and takes no client without one", async () => {
  const gateway = await authority.issue({ name: "gateway" });
  const { orders, seen } = await startMutual({ ...gateway, ca: authority.cert });
  await orders.client.getOrder({});
  expect(seen).toEqual(["gateway"]);
  const other = await (await createCertificateAuthority()).issue({ name: "gateway" });
  for (const shown of [{}, other]) {
    using transport = createGrpcTransport({ address: orders.address, tls: { ...shown, ca: authority.cert } });
    const call = createClient(OrderService, transport).getOrder({}, { timeoutMs: 5000 });
    expect((await errorOf(call)).code).toBe(Code.Unavailable);
  }
  expect(seen).toHaveLength(1);
});

test("new files are shown in new handshakes, and connections go on with what they began with", async () => {
  await using files = await certificateFiles(authority, "first");
  using identity = await openTlsFiles(files);
  const next = Promise.withResolvers<void>();
  await using orders = await startOrders(
    {
      async *watchOrders() {
        yield {};
        await next.promise;
        yield {};
      },
    },
    { server: { tls: { identity } }, transport: { tls: { ca: authority.cert } } },
  );
  const stream = orders.client.watchOrders({ orderIds: [ORDER_ID] })[Symbol.asyncIterator]();
  await stream.next();
  expect(await shownBy(orders.port)).toBe("first");
  await files.replace("second");
  expect(await identity.reload()).toBe(true);
  expect(await shownBy(orders.port)).toBe("second");
  next.resolve();
  expect(await stream.next()).toMatchObject({ done: false });
  expect(await stream.next()).toMatchObject({ done: true });
});

test("new files are found without anybody asking", async () => {
  await using files = await certificateFiles(authority, "first");
  const onReplaced = vi.fn();
  using identity = await openTlsFiles({ ...files, checkEveryMs: 5, onReplaced });
  await using orders = await startOrders(answer, { server: { tls: { identity } } });
  await files.replace("second");
  await expect.poll(() => shownBy(orders.port), { timeout: 20_000 }).toBe("second");
  expect(onReplaced).toHaveBeenCalled();
});

test("files that cannot be used are reported once, and the old ones stay in use", async () => {
  await using files = await certificateFiles(authority, "first");
  const onError = vi.fn();
  using identity = await openTlsFiles({ ...files, onError });
  await using orders = await startOrders(answer, { server: { tls: { identity } } });
  // Half of a replacement: the key of one certificate beside another.
  await writeFile(files.certFile, (await authority.issue({ name: "second" })).cert);
  expect([await identity.reload(), await identity.reload()]).toEqual([false, false]);
  await writeFile(files.certFile, "not a certificate");
  expect(await identity.reload()).toBe(false);
  expect(onError).toHaveBeenCalledTimes(2);
  expect(await shownBy(orders.port)).toBe("first");
  await files.replace("third");
  expect(await identity.reload()).toBe(true);
  expect(await shownBy(orders.port)).toBe("third");
});

test("a client shows its new certificate to servers on new connections", async () => {
  await using files = await certificateFiles(authority, "first");
  using shown = await openTlsFiles(files);
  const { orders, seen } = await startMutual(shown, { maxConnectionAgeMs: 500 });
  await orders.client.getOrder({});
  await files.replace("second");
  await shown.reload();
  expect(seen).toEqual(["first"]);
  await expect
    .poll(
      async () => {
        await orders.client.getOrder({});
        return seen.at(-1);
      },
      { timeout: 20_000 },
    )
    .toBe("second");
});

test("drain and close leave nothing of a server with TLS, connections in the middle of a handshake included", async () => {
  const identity = await authority.issue({ name: "orders" });
  await using orders = await startOrders(
    {
      async *watchOrders(_request, { signal }) {
        yield {};
        await once(signal, "abort");
      },
    },
    { server: { tls: { identity } }, transport: { tls: { ca: authority.cert } } },
  );
  const stream = orders.client.watchOrders({})[Symbol.asyncIterator]();
  await stream.next();
  const silent = connectPlain(orders.port, "127.0.0.1");
  await once(silent, "connect");
  await orders.server.drain(10);
  expect((await errorOf(all({ [Symbol.asyncIterator]: () => stream }))).code).toBe(Code.Unavailable);
  silent.destroy();
});

test.each([
  [{ identity: {} }, "a server needs a certificate"],
  [{ identity: { cert: "x", key: "y" } }, "PEM"],
])("createGrpcServer refuses %j", async (tls, message) => {
  await expect(startOrders(answer, { server: { tls } })).rejects.toThrow(message);
});
