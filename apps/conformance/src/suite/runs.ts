/** One run of the suite: one side of one engine. */
export interface SuiteRun {
  /** Unique, for the command line and as the name of the lists in `known/`. */
  readonly name: string;
  /** The engine, as the programs take it, and as `config/` names its features. */
  readonly engine: "grpc" | "connect-node";
  /** Which side of the engine is judged; the suite's reference implementations are the other. */
  readonly side: "server" | "client";
  readonly title: string;
}

/** All runs, in the order in which they are made. */
export const SUITE_RUNS: readonly SuiteRun[] = [
  { name: "grpc-server", engine: "grpc", side: "server", title: "`createGrpcServer` (grpc-js)" },
  { name: "grpc-client", engine: "grpc", side: "client", title: "`createGrpcTransport` (grpc-js)" },
  { name: "connect-node-server", engine: "connect-node", side: "server", title: "connect-node" },
  { name: "connect-node-client", engine: "connect-node", side: "client", title: "connect-node" },
];
