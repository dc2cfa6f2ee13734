import { holdsIf, type Verdict } from "../framework/verdicts.ts";
import { type Buf, type Built, buildImage, type ProtoFiles } from "./buf.ts";

/** What is put under the number, or the name, of a removed `string customer = 2;`. */
const REUSES = { number: "bytes token = 2;", name: "int64 customer = 3;" } as const;
const RESERVED = { number: "reserved 2;", name: 'reserved "customer";' } as const;

/** What the claim needs of buf. */
export type Builder = Pick<Buf, "build" | "breaking">;

/** Claim 16.6: a field goes in one version, and its number or name comes back in the next. */
export async function reservedClaim(buf: Builder) {
  const kinds = ["number", "name"] as const;
  const reuse = (reserved: boolean): ProtoFiles =>
    Object.fromEntries(
      kinds.map((kind) => [`${kind}.proto`, fileOf(kind, `${reserved ? RESERVED[kind] : ""} ${REUSES[kind]}`)]),
    );
  const removed = await buildImage(
    buf,
    "removed",
    Object.fromEntries(kinds.map((kind) => [`${kind}.proto`, fileOf(kind, "")])),
  );
  const unreserved = await buf.build("unreserved", reuse(false));
  const warnings = "image" in unreserved ? await buf.breaking(removed, unreserved.image, "FILE") : [];
  const builds: Record<(typeof kinds)[number], Built> = {
    number: await buf.build("reserved-number", {
      "number.proto": fileOf("number", `${RESERVED.number} ${REUSES.number}`),
    }),
    name: await buf.build("reserved-name", { "name.proto": fileOf("name", `${RESERVED.name} ${REUSES.name}`) }),
  };
  const complaints = kinds.map((kind) => complaintOf(builds[kind]));
  const silent = "image" in unreserved && warnings.length === 0;
  const verdict: Verdict = holdsIf(
    complaints.every((complaint) => complaint !== null) && silent,
    `reserved, neither reuse compiles: ${complaints.join("; ")}`,
    [
      {
        name: "the same reuse without reserved",
        bit: silent,
        because: silent
          ? "both compile, and buf breaking against the version before finds nothing, with its strictest rules too"
          : (complaintOf(unreserved) ?? warnings.map(({ message }) => message).join("; ")),
      },
    ],
  );
  return { verdict, measured: { complaints, warnings: warnings.length, compilesUnreserved: "image" in unreserved } };
}

function fileOf(packageName: string, lines: string): string {
  return `syntax = "proto3";\npackage ${packageName};\nmessage Order { string id = 1; ${lines} }\n`;
}

function complaintOf(built: Built): string | null {
  return "complaint" in built ? built.complaint.replace(/^[^ ]*:\d+:\d+:/, "").trim() : null;
}
