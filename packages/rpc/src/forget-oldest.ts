/** Bounds a map that is kept in the order of use: those unused for longest go first. */
export function forgetOldest(entries: Map<string, unknown>, maxEntries: number): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= maxEntries) return;
    entries.delete(oldest);
  }
}
