export { createGrpcTransport, type GrpcTransport } from "./client.ts";
export type { GrpcServerOptions, GrpcTransportOptions, LoadBalancing, ServerTls } from "./options.ts";
export { createGrpcServer, type GrpcServer } from "./server.ts";
export { peerCertificate } from "./server-call.ts";
export { openTlsFiles, type TlsFiles, type TlsFilesOptions } from "./tls/files.ts";
export type { TlsPem, TlsSource } from "./tls/source.ts";
