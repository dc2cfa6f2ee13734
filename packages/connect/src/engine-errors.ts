import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { publicError, rpcError } from "@polywire/rpc";

/**
 * Gives connect-node's own errors our reasons and texts: those of a body that can't be decoded or is too large never
 * pass an interceptor, and say what the decoder stumbled over.
 *
 * It is a request gate, which sees each call before its body. connect-node aborts the call's signal with the error
 * before it writes it, so the error is rewritten in place there. What came through the interceptors has a reason
 * already and is left alone.
 */
export function engineErrors(context: HandlerContext): void {
  const { signal } = context;
  signal.addEventListener("abort", () => {
    const error: unknown = signal.reason;
    if (!(error instanceof ConnectError)) return;
    const shown = publicError(asRequestError(error), context.responseHeader.get("x-request-id") ?? "");
    if (shown === error) return;
    const { code, rawMessage, message, details } = shown;
    Object.assign(error, { code, rawMessage, message, details });
  });
}

/** connect-es calls a binary body that can't be decoded our fault. */
function asRequestError(error: ConnectError): ConnectError {
  const isUndecodable = error.code === Code.Internal && error.rawMessage.startsWith("parse binary");
  return isUndecodable ? rpcError("MALFORMED_REQUEST", "the request cannot be decoded", { cause: error }) : error;
}
