import type { Cursor } from "./cursor.ts";
import type { FrontendMessage } from "./messages.ts";
import { redactPasswords } from "./redact.ts";

/** Codes in place of a version in the first packet. */
const CANCEL_REQUEST = 80_877_102;
const SSL_REQUEST = 80_877_103;
const GSSENC_REQUEST = 80_877_104;

/** Reads the body of a packet without a type, behind its code; `undefined`: it is none of those. */
export function parseStartup(code: number, body: Cursor): FrontendMessage | undefined {
  if (code === SSL_REQUEST) return { name: "SSLRequest" };
  if (code === GSSENC_REQUEST) return { name: "GSSENCRequest" };
  if (code === CANCEL_REQUEST) return { name: "CancelRequest", processId: body.int32() };
  if (code >>> 16 !== 3) return undefined;
  const parameters: [string, string][] = [];
  for (let name = body.text(); name !== "" && !body.short; name = body.text()) {
    parameters.push([name, redactPasswords(body.text())]);
  }
  return { name: "StartupMessage", version: `3.${code & 0xffff}`, parameters: Object.fromEntries(parameters) };
}

/** Reads the body of a message of a client; `undefined`: there is no such type. */
export function parseFrontend(type: string, body: Cursor): FrontendMessage | undefined {
  switch (type) {
    case "Q":
      return { name: "Query", sql: redactPasswords(body.text()) };
    case "P":
      return {
        name: "Parse",
        statement: body.text(),
        sql: redactPasswords(body.text()),
        parameterTypes: body.int16(),
      };
    case "B":
      return parseBind(body);
    case "E":
      return { name: "Execute", portal: body.text(), maxRows: body.int32() };
    case "D":
    case "C": {
      const kind = body.character() === "S" ? "statement" : "portal";
      return { name: type === "D" ? "Describe" : "Close", kind, target: body.text() };
    }
    case "f":
      return { name: "CopyFail", reason: body.text() };
    default: {
      const name = SIGNALS.get(type);
      return name && { name };
    }
  }
}

/** Types of which nothing but the name is read. */
const SIGNALS = new Map([
  ["S", "Sync"],
  ["H", "Flush"],
  ["X", "Terminate"],
  ["d", "CopyData"],
  ["c", "CopyDone"],
  ["F", "FunctionCall"],
  ["p", "PasswordMessage"],
] as const satisfies [string, FrontendMessage["name"]][]) as ReadonlyMap<
  string,
  "Sync" | "Flush" | "Terminate" | "CopyData" | "CopyDone" | "FunctionCall" | "PasswordMessage"
>;

function parseBind(body: Cursor): FrontendMessage {
  const portal = body.text();
  const statement = body.text();
  body.skip(2 * body.int16());
  return { name: "Bind", portal, statement, parameters: body.int16() };
}
