/** Version that is fetched, and oldest one that is accepted, of each server that is a program of its own. */
export const NATS_SERVER = { pinned: "2.15.2", oldest: "2.11.0" } as const;
export const ENVOY = { pinned: "1.40.0", oldest: "1.40.0" } as const;
// An older suite asks for less, and what is known to fail is known of this one.
export const CONNECTCONFORMANCE = { pinned: "1.0.7", oldest: "1.0.7" } as const;
// The first that asks for reflection v1 before v1alpha.
export const GRPCURL = { pinned: "1.9.3", oldest: "1.8.8" } as const;
/** Oldest Postgres accepted behind a URL. */
export const POSTGRES_OLDEST = "18.0.0";

/** The first `x.y.z` (or `x.y`, as `x.y.0`) in a text such as what `--version` prints. */
export function parseVersion(text: string): string | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match === null ? undefined : `${match[1]}.${match[2]}.${match[3] ?? "0"}`;
}

/** Whether version `a` is older than version `b`, both `x.y.z`. */
export function isOlder(a: string, b: string): boolean {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let index = 0; index < 3; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
