import type { DescService } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";

/** A service and what implements it: the pair that every engine takes. */
export interface ServiceRegistration<S extends DescService = DescService> {
  readonly service: S;
  /** Methods left out answer UNIMPLEMENTED. */
  readonly implementation: Partial<ServiceImpl<S>>;
}

/** Pairs a service with its implementation, so that both engines (grpc-js and connect-node) can serve the same object. */
export function implement<S extends DescService>(
  service: S,
  implementation: Partial<ServiceImpl<S>>,
): ServiceRegistration {
  return { service, implementation } as ServiceRegistration;
}
