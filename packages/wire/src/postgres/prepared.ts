/** The SQL behind the names of statements or portals, bounded in number. */
export class Prepared {
  readonly #byName = new Map<string, string | null>();
  readonly #max: number;
  readonly #forgotten: () => void;

  /** `forgotten` is called when a name is given up to make room. */
  constructor(max: number, forgotten: () => void) {
    this.#max = max;
    this.#forgotten = forgotten;
  }

  /** `null`: not known. */
  get(name: string): string | null {
    return this.#byName.get(name) ?? null;
  }

  set(name: string, sql: string | null): void {
    this.#byName.delete(name);
    this.#byName.set(name, sql);
    const [oldest] = this.#byName.keys();
    if (this.#byName.size <= this.#max || oldest === undefined) return;
    this.#byName.delete(oldest);
    this.#forgotten();
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }
}
