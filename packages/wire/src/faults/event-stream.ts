import type { BufferSseFault } from "./fault.ts";

/** Whether a content type is that of server-sent events. */
export function isEventStream(contentType: string | null | undefined): boolean {
  return /^text\/event-stream\s*(;|$)/i.test(contentType ?? "");
}

/** How much of an event stream is gathered; so little that its sender is still read. */
export function sseBufferBytes(
  { bytes = 65_536 }: BufferSseFault,
  { maxHeldBytes }: { readonly maxHeldBytes: number },
): number {
  return Math.min(bytes, maxHeldBytes / 2);
}
