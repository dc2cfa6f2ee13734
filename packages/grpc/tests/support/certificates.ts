import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CertificateAuthority } from "@polywire/service/development";

/** A certificate, its key and the authority, in files. */
export interface CertificateFiles extends AsyncDisposable {
  certFile: string;
  keyFile: string;
  caFile: string;
  /** Puts a new certificate with this name into the files. */
  replace(name: string): Promise<void>;
}

/** Issues a certificate into files of their own. */
export async function certificateFiles(authority: CertificateAuthority, name: string): Promise<CertificateFiles> {
  const folder = await mkdtemp(join(tmpdir(), "polywire-tls-"));
  const files = {
    certFile: join(folder, "tls.crt"),
    keyFile: join(folder, "tls.key"),
    caFile: join(folder, "ca.crt"),
  };
  const replace = async (newName: string): Promise<void> => {
    const { cert, key } = await authority.issue({ name: newName });
    await writeFile(files.certFile, cert);
    await writeFile(files.keyFile, key);
    await writeFile(files.caFile, authority.cert);
  };
  await replace(name);
  return { ...files, replace, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
