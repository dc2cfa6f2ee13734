/** Header fields that hold secrets, by their name in lower case. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization", "set-cookie"]);
/** Names of message fields and of query parameters that hold secrets. */
const SECRET_NAMES: ReadonlySet<string> = new Set(["access_token", "accessToken", "password", "secret", "token"]);

const SCHEME = /^(basic|bearer)\s+(?=\S)/i;
const SECRET_PARAMETER = new RegExp(`([?&](?:${[...SECRET_NAMES].join("|")})=)[^&#]+`, "g");
const SECRET_PROPERTY = new RegExp(`("(?:${[...SECRET_NAMES].join("|")})"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"`, "g");

/** What stands in place of a secret: that there was one, and how long it was. */
export function redacted(length: number): string {
  return `[redacted, ${length} characters]`;
}

/** The value of a header field, the scheme of an authorization kept. */
export function redactField(name: string, value: string): string {
  if (!SECRET_FIELDS.has(name)) return name === ":path" ? redactPath(value) : value;
  const scheme = SCHEME.exec(value)?.[0] ?? "";
  return `${scheme}${redacted(value.length - scheme.length)}`;
}

/** An address without the secrets in its query. */
export function redactPath(path: string): string {
  return path.replace(
    SECRET_PARAMETER,
    (parameter, start: string) => start + redacted(parameter.length - start.length),
  );
}

/** JSON without the secrets in its properties. */
export function redactJson(text: string): string {
  return text.replace(SECRET_PROPERTY, (property, start: string) => {
    return `${start}"${redacted(property.length - start.length - 2)}"`;
  });
}

/** SQLSTATE's class for data that is not as it must be: its messages repeat the data. */
const DATA_EXCEPTION = /^22/;

/** What PostgreSQL reports, without the values that it repeats. */
export function redactReport({ sqlstate, message }: { readonly sqlstate: string; readonly message: string }): string {
  if (!DATA_EXCEPTION.test(sqlstate)) return message;
  return message.replace(/"(?:[^"]|"")*"/gs, (value) => `"${redacted(value.length - 2)}"`);
}

/** Whether the field of a message holds a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAMES.has(name);
}
