import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { json } from "node:stream/consumers";

/** Why the tool can't be used, or `undefined` when it can. */
export function whyNoTshark(): string | undefined {
  const found = spawnSync("tshark", ["--version"]).error === undefined;
  return found ? undefined : "tshark is not installed (Debian: apt-get install tshark)";
}

/** A packet as tshark dissects it: protocol layers with their fields; fields that occur several times are lists. */
export type Dissected = Readonly<Record<string, readonly string[] | undefined>>;

/** What tshark finds in a capture, of each packet the values of these fields. It guesses HTTP/2 on no port: `http2Port`. */
export async function runTshark(
  { file, http2Port }: { readonly file: string; readonly http2Port?: number },
  fields: readonly string[],
): Promise<Dissected[]> {
  const decodeAs = http2Port === undefined ? [] : ["-d", `tcp.port==${http2Port},http2`];
  const shown = fields.flatMap((field) => ["-e", field]);
  const child = spawn("tshark", ["-r", file, ...decodeAs, "-o", "tcp.check_checksum:TRUE", "-T", "json", ...shown]);
  const exited = once(child, "exit");
  const packets = (await json(child.stdout)) as { _source: { layers: Dissected } }[];
  await exited;
  return packets.map(({ _source }) => _source.layers);
}
