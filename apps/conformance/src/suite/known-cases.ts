import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Cases that fail, or may fail, for one reason. */
export interface KnownCases {
  /** `flaky` ones may pass. */
  readonly kind: "failing" | "flaky";
  readonly reason: string;
  /** Whether the full name of a case is one of these. */
  readonly includes: (name: string) => boolean;
}

const KINDS = ["failing", "flaky"] as const;

/** The lists in `known/` for a run, as the runner takes them. */
export function knownLists(run: string): { kind: KnownCases["kind"]; file: string }[] {
  return KINDS.map((kind) => ({
    kind,
    file: fileURLToPath(new URL(`../../known/${run}-${kind}.txt`, import.meta.url)),
  })).filter(({ file }) => existsSync(file));
}

/** What is known to fail in a run, by reason. */
export function knownCases(run: string): KnownCases[] {
  return knownLists(run).flatMap(({ kind, file }) =>
    parseKnownList(readFileSync(file, "utf8")).map((known) => ({ kind, ...known })),
  );
}

/** Reads a list: blocks of patterns, each below its reason in comments. Throws for patterns without a reason. */
export function parseKnownList(text: string): Omit<KnownCases, "kind">[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((block) => {
      const lines = block.split("\n");
      const reason = lines.filter((line) => line.startsWith("#")).map((line) => line.slice(1).trim());
      const patterns = lines.filter((line) => !line.startsWith("#"));
      if (reason.length === 0) throw new Error(`no reason is given for ${patterns.join(", ")}`);
      const expressions = patterns.map(toExpression);
      return { reason: reason.join(" "), includes: (name) => expressions.some((each) => each.test(name)) };
    });
}

/** `*` is one element of a name, `**` any number of them. */
function toExpression(pattern: string): RegExp {
  const elements = pattern.split("/").map((element) => {
    if (element === "**") return "(?:[^/]+/)*";
    return `${element === "*" ? "[^/]+" : element.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}/`;
  });
  return new RegExp(`^${elements.join("").replace(/\/$/, "")}$`);
}
