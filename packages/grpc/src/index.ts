export { createGrpcTransport, type GrpcTransport } from "./client.ts";
export type { GrpcServerOptions, GrpcTransportOptions, LoadBalancing } from "./options.ts";
export { createGrpcServer, type GrpcServer } from "./server.ts";
