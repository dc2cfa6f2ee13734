/** Cases of one protocol over one version of HTTP. */
export interface CaseGroup {
  readonly protocol: "Connect" | "gRPC" | "gRPC-Web";
  readonly http: "HTTP/1.1" | "HTTP/2";
  readonly cases: number;
  /** Of these, those that failed and are known to fail. */
  readonly knownFailing: number;
  /** Of these, those that failed and are not. */
  readonly failed: number;
}

/** What a run has found. */
export interface SuiteSummary {
  readonly groups: readonly CaseGroup[];
  /** Full names of the cases that failed and are known to. */
  readonly knownFailing: readonly string[];
  /** Full names of the cases that failed, or passed against expectation. */
  readonly failed: readonly string[];
}

const PROTOCOLS = { PROTOCOL_CONNECT: "Connect", PROTOCOL_GRPC: "gRPC", PROTOCOL_GRPC_WEB: "gRPC-Web" } as const;
const VERSIONS = { "1": "HTTP/1.1", "2": "HTTP/2" } as const;

const STARTED = /^Running (\d+) tests with .* \{HTTP_VERSION_([12]), (PROTOCOL_[A-Z_]+), TLS:/gm;
const EXPECTED = /^INFO: (.*) failed \(as expected\):$/gm;
const UNEXPECTED = /^FAILED: (.*?)(?: was expected to fail but did not|:)$/gm;

/** Reads what the runner prints with `-v`. Throws when it has not run to its end. */
export function summarize(output: string): SuiteSummary {
  const total = /^Total cases: (\d+)$/m.exec(output)?.[1];
  if (total === undefined) throw new Error(`the suite has not run to its end:\n${output.trim()}`);
  const knownFailing = [...output.matchAll(EXPECTED)].map(([, name = ""]) => name);
  const failed = [...output.matchAll(UNEXPECTED)].map(([, name = ""]) => name);
  const groups = new Map<string, CaseGroup>();
  for (const [, cases, version, name] of output.matchAll(STARTED)) {
    const protocol = PROTOCOLS[name as keyof typeof PROTOCOLS];
    const http = VERSIONS[version as keyof typeof VERSIONS];
    const key = `${protocol} ${http}`;
    const inGroup = (full: string) => groupOf(full) === key;
    groups.set(key, {
      protocol,
      http,
      cases: (groups.get(key)?.cases ?? 0) + Number(cases),
      knownFailing: knownFailing.filter(inGroup).length,
      failed: failed.filter(inGroup).length,
    });
  }
  const counted = [...groups.values()].reduce((sum, group) => sum + group.cases, 0);
  if (counted !== Number(total)) throw new Error(`the runner counts ${total} cases, its lines add up to ${counted}`);
  return { groups: [...groups.values()], knownFailing, failed };
}

/** Suites for one protocol do not name it among the properties of a case, but in their own name. */
function groupOf(name: string): string {
  const version = /\/HTTPVersion:([12])\//.exec(name)?.[1] ?? "2";
  const named = /\/Protocol:(PROTOCOL_[A-Z_]+)\//.exec(name)?.[1];
  const suite = name.startsWith("Connect ") ? "Connect" : name.startsWith("gRPC-Web ") ? "gRPC-Web" : "gRPC";
  const protocol = named === undefined ? suite : PROTOCOLS[named as keyof typeof PROTOCOLS];
  return `${protocol} ${VERSIONS[version as keyof typeof VERSIONS]}`;
}
