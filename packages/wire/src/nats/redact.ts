const REDACTED = "[redacted]";

/**
 * Options of CONNECT that hold no secret. All others do, or may: passwords, tokens, signatures, and whatever a later
 * version adds.
 */
const HARMLESS = new Set([
  "echo",
  "headers",
  "lang",
  "name",
  "no_responders",
  "nkey",
  "pedantic",
  "protocol",
  "tls_required",
  "user",
  "verbose",
  "version",
]);

/** The options of CONNECT without their secrets. */
export function redactConnect(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, HARMLESS.has(name) ? value : REDACTED]),
  );
}
