/** The real servers and judges this package knows. */
export type PartName = "nats" | "envoy" | "postgres" | "connectconformance" | "grpcurl";

/**
 * Where a part was found: `url` a running server named by address, `env` a program named explicitly, `path` on PATH,
 * `tools` fetched by an earlier run, `fetched` just now, `package` an installed npm package.
 */
export type PartOrigin = "url" | "env" | "path" | "tools" | "fetched" | "package";

/** A part that can be used: `path` to start, or `url` to connect to. */
export interface PartFound {
  readonly found: true;
  readonly part: PartName;
  readonly where: PartOrigin;
  readonly version: string;
  /** Absolute path of the program; absent when `where` is `url`. */
  readonly path?: string;
  /** Address of a server that somebody else runs; only when `where` is `url`. */
  readonly url?: string;
  /** What the user should know although the part was found, such as an old program on PATH that was passed over. */
  readonly notices: readonly string[];
}

/** A part that cannot be had here. */
export interface PartMissing {
  readonly found: false;
  readonly part: PartName;
  /** Why, with the message of what was tried last. */
  readonly reason: string;
  /** What the user can do about it. */
  readonly howTo: string;
  readonly notices: readonly string[];
}

/** Something that takes long enough for a person to wonder. */
export interface PartProgress {
  readonly part: PartName;
  /** For people: "building nats-server 2.15.2 (about a minute, once)". */
  readonly message: string;
  /** Since this step began. */
  readonly elapsedMs: number;
}

/** Where to look for parts. Every field is optional; without any, the repository's own `.tools/` is searched. */
export interface PartOptions {
  /** Folder that holds `.tools/`. Default: the repository this package lies in. */
  readonly root?: string;
  /** `nats://` address of a running server with JetStream, instead of starting one. */
  readonly natsUrl?: string;
  /** nats-server program to use; must be new enough. */
  readonly natsServerBin?: string;
  /** Envoy program to use; must be new enough. */
  readonly envoyBin?: string;
  /** `postgres://` address of a running server, with the right to create databases and roles. */
  readonly postgresUrl?: string;
  /** Environment for finding programs (PATH) and for the tools that fetch (go, pip). Default: empty, nothing is found on PATH. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Whether to fetch what is not there. Default true. */
  readonly fetch?: boolean;
  /** Bound of one fetch. Default 300 000. */
  readonly fetchTimeoutMs?: number;
  /** Told when something slow begins and every two seconds while it goes on. */
  readonly onProgress?: (progress: PartProgress) => void;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/** {@link PartOptions} with nothing left open, except what may be absent. */
export interface ResolvedPartOptions {
  readonly root: string;
  readonly natsUrl: string | undefined;
  readonly natsServerBin: string | undefined;
  readonly envoyBin: string | undefined;
  readonly postgresUrl: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly fetch: boolean;
  readonly fetchTimeoutMs: number;
  readonly onProgress: (progress: PartProgress) => void;
  readonly signal: AbortSignal | undefined;
}
