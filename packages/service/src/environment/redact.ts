const SECRET_NAME = /token|password|secret|key$/i;
const URL_PASSWORD = /^([a-z][a-z0-9+.-]*:\/\/[^:/?#@\s]*):[^@\s]*@/i;

/**
 * A copy of a configuration that can be printed: values whose name says that they are secret (`…Token`, `…Password`,
 * `…Secret`, `…Key`) and the passwords inside URLs are replaced.
 *
 * @param config plain data, nested as deep as it likes
 * @returns the copy
 */
export function redact(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [name, redactValue(name, value)]));
}

function redactValue(name: string, value: unknown): unknown {
  if (SECRET_NAME.test(name) && value !== undefined && value !== null) return "[redacted]";
  if (typeof value === "string") return value.replace(URL_PASSWORD, "$1:[redacted]@");
  if (Array.isArray(value)) return value.map((entry) => redactValue("", entry));
  if (typeof value === "object" && value !== null) return redact(value as Record<string, unknown>);
  return value;
}
