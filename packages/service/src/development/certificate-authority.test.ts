import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { createCertificateAuthority } from "./certificate-authority.ts";

test("createCertificateAuthority issues certificates for loopback that its own certificate verifies", async () => {
  const authority = await createCertificateAuthority();
  const { cert, key } = await authority.issue({ name: "orders" });
  const [issued, issuer] = [new X509Certificate(cert), new X509Certificate(authority.cert)];
  expect(issued.checkIssued(issuer) && issued.verify(issuer.publicKey)).toBe(true);
  expect(issued.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(issued.subject).toBe("CN=orders");
  expect(issued.checkHost("localhost")).toBe("localhost");
  expect(issued.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect([issuer.ca, issued.ca]).toEqual([true, false]);
});

test("createCertificateAuthority gives each certificate its own serial, its hosts and its end", async () => {
  const authority = await createCertificateAuthority("test");
  const request = { name: "a", hosts: ["shop.example", "10.0.0.1"], validMs: 5000 };
  const [first, second] = await Promise.all([authority.issue(request), authority.issue(request)]);
  const [one, other] = [new X509Certificate(first.cert), new X509Certificate(second.cert)];
  expect(one.serialNumber).not.toBe(other.serialNumber);
  expect(one.issuer).toBe("CN=test");
  expect(one.subjectAltName).toBe("DNS:shop.example, IP Address:10.0.0.1");
  expect(Date.parse(one.validTo) - Date.now()).toBeLessThanOrEqual(5000);
});
