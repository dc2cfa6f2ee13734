import { Health, HealthCheckResponse_ServingStatus as Status } from "@polywire/contract/grpc/health/v1/health";
import { rpcError } from "./errors.ts";
import { implement, type ServiceRegistration } from "./registration.ts";

/** The health of this process, for grpc.health.v1. */
export interface HealthRegistry {
  /** Serve this beside the other services. It needs no token. */
  readonly registration: ServiceRegistration;
  /** Says how a service does (by its full name; "" is the whole server). Those who watch are told. */
  set(service: string, status: ServingState): void;
  /**
   * Says that nothing here serves any more, and ends the streams of those who watch once they are told: they would keep a
   * server from ever having no calls left.
   */
  drain(): void;
}

/** Whether a service takes calls. */
export type ServingState = "SERVING" | "NOT_SERVING";

/**
 * The standard health service, Watch included. The whole server ("") is NOT_SERVING until set otherwise.
 * Spec: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function createHealth(): HealthRegistry {
  const statuses = new Map<string, Status>([["", Status.NOT_SERVING]]);
  let changed = Promise.withResolvers<void>();
  let draining = false;
  const tellChange = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };

  const registration = implement(Health, {
    check({ service }) {
      const status = statuses.get(service);
      if (status === undefined) throw rpcError("SERVICE_UNKNOWN", "the health of that service is not known here");
      return { status };
    },
    list: () => ({ statuses: Object.fromEntries([...statuses].map(([name, status]) => [name, { status }])) }),
    async *watch({ service }, { signal }) {
      let told: Status | undefined;
      while (!signal.aborted) {
        const change = changed.promise;
        const isLast = draining;
        // SERVICE_UNKNOWN is an answer here: the service may come.
        const status = statuses.get(service) ?? Status.SERVICE_UNKNOWN;
        if (status !== told) yield { status };
        told = status;
        if (isLast) throw rpcError("DRAINING", "this server is shutting down; ask another");
        await orAborted(change, signal);
      }
    },
  });

  return {
    registration,
    set(service, status) {
      statuses.set(service, Status[status]);
      tellChange();
    },
    drain() {
      draining = true;
      for (const service of statuses.keys()) statuses.set(service, Status.NOT_SERVING);
      tellChange();
    },
  };
}

function orAborted(change: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = () => resolve();
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([change, promise]).finally(() => signal.removeEventListener("abort", onAbort));
}
