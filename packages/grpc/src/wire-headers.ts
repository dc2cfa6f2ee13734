import type { Metadata, MetadataValue } from "@grpc/grpc-js";

/**
 * The Headers interface over gRPC metadata. Reading a header looks it up in the metadata; a table is made only for
 * whoever lists or changes them. The built-in Headers would cost each call a tenth of what it costs altogether.
 * Binary values (`-bin`) are base64, as on the wire.
 */
export class WireHeaders implements Headers {
  readonly #source: Metadata | undefined;
  #fields: Map<string, string> | undefined;

  constructor(source?: Metadata) {
    this.#source = source;
  }

  get(name: string): string | null {
    if (this.#fields) return this.#fields.get(name.toLowerCase()) ?? null;
    const values = this.#source?.get(name);
    return values === undefined || values.length === 0 ? null : joined(values);
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  set(name: string, value: string): void {
    this.#table().set(name.toLowerCase(), value);
  }

  append(name: string, value: string): void {
    const old = this.get(name);
    this.set(name, old === null ? value : `${old}, ${value}`);
  }

  delete(name: string): void {
    this.#table().delete(name.toLowerCase());
  }

  getSetCookie(): string[] {
    const cookie = this.get("set-cookie");
    return cookie === null ? [] : [cookie];
  }

  forEach(callback: (value: string, name: string, parent: Headers) => void, thisArg?: unknown): void {
    for (const [name, value] of this) callback.call(thisArg, value, name, this);
  }

  /** By name, as https://fetch.spec.whatwg.org/#concept-header-list-sort-and-combine asks for. */
  entries() {
    return [...this.#table()].sort(([left], [right]) => (left < right ? -1 : 1)).values();
  }

  *keys() {
    for (const [name] of this) yield name;
  }

  *values() {
    for (const [, value] of this) yield value;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  /** Whether there is any header, without making a table. */
  get isEmpty(): boolean {
    return this.#fields ? this.#fields.size === 0 : !this.#source;
  }

  #table(): Map<string, string> {
    if (this.#fields) return this.#fields;
    this.#fields = new Map();
    for (const name of Object.keys(this.#source?.toJSON() ?? {})) {
      this.#fields.set(name, joined(this.#source?.get(name) ?? []));
    }
    return this.#fields;
  }
}

function joined(values: MetadataValue[]): string {
  const [only] = values;
  if (values.length === 1 && typeof only === "string") return only;
  return values.map((value) => (typeof value === "string" ? value : value.toString("base64"))).join(", ");
}
