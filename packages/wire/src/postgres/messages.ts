/** What a server says of a failure or of something to know. */
export interface PostgresReport {
  /** `ERROR`, `FATAL`, `PANIC`, `WARNING`, `NOTICE`, … */
  readonly severity: string;
  /** The five characters of SQLSTATE. */
  readonly sqlstate: string;
  readonly message: string;
}

/** Where a session stands. `open`: in a transaction; `failed`: in one that only a rollback ends. */
export type TransactionStatus = "idle" | "open" | "failed";

/** What a client sends. Passwords, SASL answers, values of parameters and secret keys are never in it. */
export type FrontendMessage =
  | { readonly name: "StartupMessage"; readonly version: string; readonly parameters: Readonly<Record<string, string>> }
  | { readonly name: "SSLRequest" | "GSSENCRequest" }
  /** See {@link CancelRequestEvent}. */
  | { readonly name: "CancelRequest"; readonly processId: number }
  /** A password, or a step of SASL or GSS. */
  | { readonly name: "PasswordMessage" }
  | { readonly name: "Query"; readonly sql: string }
  | { readonly name: "Parse"; readonly statement: string; readonly sql: string; readonly parameterTypes: number }
  | { readonly name: "Bind"; readonly portal: string; readonly statement: string; readonly parameters: number }
  | { readonly name: "Execute"; readonly portal: string; readonly maxRows: number }
  | { readonly name: "Describe" | "Close"; readonly kind: "statement" | "portal"; readonly target: string }
  | { readonly name: "CopyFail"; readonly reason: string }
  | { readonly name: "Sync" | "Flush" | "Terminate" | "CopyData" | "CopyDone" | "FunctionCall" };

/** What a server sends. Values of rows are never in it. */
export type BackendMessage =
  /** The answer to SSLRequest or GSSENCRequest: one byte. */
  | { readonly name: "EncryptionResponse"; readonly accepted: boolean }
  | { readonly name: "Authentication"; readonly method: string }
  | { readonly name: "BackendKeyData"; readonly processId: number }
  | { readonly name: "ParameterStatus"; readonly parameter: string; readonly value: string }
  | { readonly name: "ReadyForQuery"; readonly transaction: TransactionStatus | null }
  | { readonly name: "RowDescription"; readonly columns: readonly string[] }
  | { readonly name: "DataRow"; readonly columns: number }
  | { readonly name: "CommandComplete"; readonly tag: string }
  | ({ readonly name: "ErrorResponse" | "NoticeResponse" } & PostgresReport)
  | {
      readonly name: "NotificationResponse";
      readonly processId: number;
      readonly channel: string;
      readonly payload: string;
    }
  | { readonly name: BackendSignal };

/** Messages of a server of which only the name is shown. */
export type BackendSignal =
  | "BindComplete"
  | "CloseComplete"
  | "CopyBothResponse"
  | "CopyData"
  | "CopyDone"
  | "CopyInResponse"
  | "CopyOutResponse"
  | "EmptyQueryResponse"
  | "FunctionCallResponse"
  | "NegotiateProtocolVersion"
  | "NoData"
  | "ParameterDescription"
  | "ParseComplete"
  | "PortalSuspended";

/** Any message. */
export type PostgresMessage = FrontendMessage | BackendMessage;
