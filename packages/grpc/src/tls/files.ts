import { readFile } from "node:fs/promises";
import { assertUsable, type TlsPem, type TlsSource } from "./source.ts";

/** Options of {@link openTlsFiles}. */
export interface TlsFilesOptions {
  /** Of this side's certificate, PEM. */
  certFile?: string;
  /** Of its private key, PEM. */
  keyFile?: string;
  /** Of the authorities that this side trusts, PEM. */
  caFile?: string;
  /**
   * How often the files are read, in milliseconds. Default: 10,000. Read rather than watched, because that sees every way
   * of replacing them (links that are turned, as Kubernetes does, and network drives), and costs next to nothing.
   */
  checkEveryMs?: number;
  /** Hears that new files are in use. Default: nobody. */
  onReplaced?: () => void;
  /** Hears, once, of new files that cannot be used; the old ones stay in use. Default: nobody. */
  onError?: (error: unknown) => void;
}

/** Keys and certificates of files. Closing it ends the checking; what is in use stays. */
export interface TlsFiles extends TlsSource, Disposable {
  /** Reads the files now. Resolves to whether there was something new that could be used. */
  reload(): Promise<boolean>;
}

/**
 * Reads keys and certificates, and again every `checkEveryMs`: new handshakes use what is there then, connections go on
 * with what they began with. Rejects when the files cannot be read or used at the start.
 */
export async function openTlsFiles(options: TlsFilesOptions): Promise<TlsFiles> {
  const { checkEveryMs = 10_000, onReplaced = () => undefined, onError = () => undefined } = options;
  const listeners = new Set<(pem: TlsPem) => void>([onReplaced]);
  let current = await readPem(options);
  assertUsable(current);
  let refused = "";

  const refuse = (found: string, error: unknown): boolean => {
    if (found !== refused) onError(error);
    refused = found;
    return false;
  };
  const reload = async (): Promise<boolean> => {
    let found: TlsPem;
    try {
      found = await readPem(options);
    } catch (error) {
      return refuse(String(error), error);
    }
    const text = JSON.stringify(found);
    if (text === JSON.stringify(current)) return false;
    try {
      assertUsable(found);
    } catch (error) {
      return refuse(text, error);
    }
    refused = "";
    current = found;
    for (const listener of listeners) listener(current);
    return true;
  };

  const timer = setInterval(() => void reload(), checkEveryMs).unref();
  return {
    get current() {
      return current;
    },
    onReplaced(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    reload,
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

async function readPem({ certFile, keyFile, caFile }: TlsFilesOptions): Promise<TlsPem> {
  const read = async (file: string | undefined) => (file === undefined ? undefined : readFile(file, "utf8"));
  const [cert, key, ca] = await Promise.all([certFile, keyFile, caFile].map(read));
  return { ...(cert !== undefined && { cert }), ...(key !== undefined && { key }), ...(ca !== undefined && { ca }) };
}
