import type { TableEntry } from "./dynamic-table.ts";
import { STATIC_COUNT, STATIC_TABLE } from "./static-table.ts";

/**
 * Finds the table index of a field or a name without a search through the table.
 *
 * Dynamic entries are kept by their number, which never changes, while their index grows with each new entry.
 */
export class EncoderIndex {
  /** Name to value to number of the newest such entry. */
  readonly #fields = new Map<string, Map<string, number>>();
  /** Name to number of the newest entry with it. */
  readonly #names = new Map<string, number>();

  /** Index of the whole field, static before dynamic, or 0. `newest` is the number of the newest entry. */
  findField(name: string, value: string, newest: number): number {
    const fixed = STATIC_FIELDS.get(name)?.get(value);
    if (fixed !== undefined) return fixed;
    const number = this.#fields.get(name)?.get(value);
    return number === undefined ? 0 : STATIC_COUNT + 1 + newest - number;
  }

  /** Index of an entry with this name, static before dynamic, or 0. */
  findName(name: string, newest: number): number {
    const fixed = STATIC_NAMES.get(name);
    if (fixed !== undefined) return fixed;
    const number = this.#names.get(name);
    return number === undefined ? 0 : STATIC_COUNT + 1 + newest - number;
  }

  add(name: string, value: string, number: number): void {
    const values = this.#fields.get(name);
    if (values === undefined) this.#fields.set(name, new Map([[value, number]]));
    else values.set(value, number);
    this.#names.set(name, number);
  }

  /** Drops an evicted entry, unless a newer one of the same content has taken its place. */
  remove({ name, value }: TableEntry, number: number): void {
    if (name === null || value === null) return;
    const values = this.#fields.get(name);
    if (values?.get(value) === number) values.delete(value);
    if (values?.size === 0) this.#fields.delete(name);
    if (this.#names.get(name) === number) this.#names.delete(name);
  }
}

const STATIC_FIELDS = new Map<string, Map<string, number>>();
const STATIC_NAMES = new Map<string, number>();
for (const [position, [name, value]] of STATIC_TABLE.entries()) {
  if (!STATIC_NAMES.has(name)) {
    STATIC_NAMES.set(name, position + 1);
    STATIC_FIELDS.set(name, new Map());
  }
  STATIC_FIELDS.get(name)?.set(value, position + 1);
}
