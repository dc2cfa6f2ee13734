/**
 * How long HTTP servers keep an idle connection, in milliseconds. Longer than the front door does (60 s, envoy.yaml), so
 * that it never sends into one that is closing.
 */
export const KEEP_ALIVE_MS = 75_000;
