/** How much an experiment does: `small` in seconds, for CI and a first look; `full` takes as long as it takes. */
export type Size = "small" | "full";

/** A knob of an experiment: `--flag value` on the command line. */
export interface Parameter<T> {
  readonly description: string;
  /** What can be given, for the help text: `<n>`, `on|off`. */
  readonly hint: string;
  readonly defaults: Readonly<Record<Size, T>>;
  /** @throws RangeError that says what can be given instead. */
  parse(text: string): T;
  /** A value as somebody would type it. */
  show(value: T): string;
}

/** The knobs of an experiment by name, in camel case; `showSchema` is the flag `--show-schema`. */
export type ParameterSet = Readonly<Record<string, Parameter<unknown>>>;

/** The values of a set of parameters. */
export type ValuesOf<P extends ParameterSet> = {
  readonly [Name in keyof P]: P[Name] extends Parameter<infer T> ? T : never;
};

/** One default for both sizes, or one for each. */
type Default<T> = T | { readonly small: T; readonly full: T };

interface Common<T> {
  readonly description: string;
  readonly default: Default<T>;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** The kinds of parameter there are. */
export const parameter = {
  /** A whole number from `min` to `max`. */
  whole({ min, max, ...common }: Common<number> & Range): Parameter<number> {
    const parse = (text: string): number => {
      const value = Number(text);
      if (!/^[+-]?\d+$/.test(text) || value < min || value > max) {
        throw new RangeError(`give a whole number from ${min} to ${max}`);
      }
      return value;
    };
    return create(common, { hint: "<n>", parse });
  },

  /** A number from `min` to `max`. */
  decimal({ min, max, ...common }: Common<number> & Range): Parameter<number> {
    const parse = (text: string): number => {
      const value = Number(text);
      if (text.trim() === "" || !(value >= min && value <= max)) {
        throw new RangeError(`give a number from ${min} to ${max}`);
      }
      return value;
    };
    return create(common, { hint: "<number>", parse });
  },

  /** One of a few words. */
  choice<const T extends string>({ of, ...common }: Common<T> & { readonly of: readonly T[] }): Parameter<T> {
    const parse = (text: string): T => {
      const chosen = of.find((word) => word === text);
      if (chosen === undefined) throw new RangeError(`give one of ${of.join(", ")}`);
      return chosen;
    };
    return create(common, { hint: of.join("|"), parse });
  },

  /** `on` or `off`. */
  onOff(common: Common<boolean>): Parameter<boolean> {
    const parse = (text: string): boolean => {
      if (text !== "on" && text !== "off") throw new RangeError("give on or off");
      return text === "on";
    };
    return create(common, { hint: "on|off", parse, show: (value) => (value ? "on" : "off") });
  },

  /** A time with its unit, in milliseconds: `300ms`, `1.5s`, `24h`. */
  duration({ minMs, maxMs, ...common }: Common<number> & { minMs: number; maxMs: number }): Parameter<number> {
    const parse = (text: string): number => {
      const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
      const valueMs = Number(amount) * (MS_PER_UNIT[unit] ?? Number.NaN);
      if (!(valueMs >= minMs && valueMs <= maxMs)) {
        throw new RangeError(
          `give a time with its unit (ms, s, m, h) from ${minMs}ms to ${maxMs}ms, for example 300ms`,
        );
      }
      return valueMs;
    };
    return create(common, { hint: "<time>", parse, show: (valueMs) => `${valueMs}ms` });
  },

  /** Several of another parameter, separated by commas. */
  list<T>(item: Parameter<T>, common: Common<readonly T[]>): Parameter<readonly T[]> {
    const parse = (text: string): readonly T[] => text.split(",").map((part) => item.parse(part.trim()));
    const show = (values: readonly T[]): string => values.map((value) => item.show(value)).join(",");
    return create(common, { hint: `${item.hint},…`, parse, show });
  },
} as const;

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** The flag of a parameter, without the dashes: `showSchema` becomes `show-schema`. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The values given, and the defaults of the size for the others. */
export function withDefaults(
  parameters: ParameterSet,
  given: Readonly<Record<string, unknown>>,
  size: Size,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { defaults }]) => [name, given[name] ?? defaults[size]]),
  );
}

type Kind<T> = Pick<Parameter<T>, "hint" | "parse"> & Partial<Pick<Parameter<T>, "show">>;

function create<T>(common: Common<T>, kind: Kind<T>): Parameter<T> {
  const { description, default: value } = common;
  const bySize = typeof value === "object" && value !== null && "small" in value && "full" in value;
  return {
    description,
    defaults: bySize ? { small: value.small, full: value.full } : { small: value, full: value },
    show: String,
    ...kind,
  };
}
