export { callScope } from "./call-scope.ts";
export { type ClientInterceptorsOptions, clientInterceptors } from "./client-interceptors.ts";
export { callSignal, currentCall, requireCall, runInCall } from "./current-call.ts";
export { type ServerInterceptorsOptions, serverInterceptors } from "./server-interceptors.ts";
export { type WithCallContextOptions, withCallContext } from "./with-call-context.ts";
