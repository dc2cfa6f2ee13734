import type { BackendMessage } from "./messages.ts";

/** What a server answers, in the order in which it was asked. */
export type Request =
  | "Bind"
  | "Close"
  | "Describe"
  | "Execute"
  | "FunctionCall"
  | "Parse"
  | "Query"
  | "Startup"
  | "Sync";

/** Messages that a server sends whenever it likes, or that answer nothing by themselves. */
export const ASIDE: ReadonlySet<BackendMessage["name"]> = new Set<BackendMessage["name"]>([
  "Authentication",
  "BackendKeyData",
  "CopyBothResponse",
  "CopyDone",
  "CopyOutResponse",
  "EncryptionResponse",
  "FunctionCallResponse",
  "NegotiateProtocolVersion",
  "NoticeResponse",
  "NotificationResponse",
  "ParameterDescription",
  "ParameterStatus",
]);

/** Which request each answer belongs to that completes it. */
export const ANSWERS: Partial<Record<BackendMessage["name"], Request>> = {
  ParseComplete: "Parse",
  BindComplete: "Bind",
  CloseComplete: "Close",
  NoData: "Describe",
};

/** Requests of the extended protocol: when one fails, the server passes over what follows, up to the next Sync. */
export const PREPARING: ReadonlySet<Request> = new Set<Request>(["Bind", "Close", "Describe", "Execute", "Parse"]);
