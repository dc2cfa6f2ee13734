import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createFileRegistry, type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

/** Rules of `buf breaking`, the strictest last. */
export const RULES = ["WIRE", "WIRE_JSON", "FILE"] as const;

/** A set of rules of `buf breaking`. */
export type Rules = (typeof RULES)[number];

/** Files by their path in the module. */
export type ProtoFiles = Readonly<Record<string, string>>;

/** What a compiler says about a file, or a comparison about two versions of it. */
export interface Complaint {
  readonly path: string;
  readonly type: string;
  readonly message: string;
}

/** The buf of this repository, at work in a folder of its own that goes away with it. */
export interface Buf extends AsyncDisposable {
  /** Compiles a module. */
  build(name: string, files: ProtoFiles): Promise<Built>;
  /** What `buf breaking` says about going from one compiled module to another. */
  breaking(before: Image, after: Image, rules: Rules): Promise<Complaint[]>;
  /**
   * Reads a message with protobuf-go, which buf is built on, and gives it as ProtoJSON with enums as numbers.
   * @throws Refusal with what protobuf-go says, when it refuses the bytes.
   */
  read(image: Image, type: string, bytes: Uint8Array): Promise<unknown>;
}

/** protobuf-go did not take the bytes; any other failure of buf is none of the message's. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** A compiled module. */
export interface Image {
  readonly path: string;
  readonly registry: FileRegistry;
}

/** A compiled module, or why there is none. */
export type Built = { readonly image: Image } | { readonly complaint: string };

const REPOSITORY = fileURLToPath(new URL("../../../../../", import.meta.url));
/** A tool of the whole repository: `npm run check` runs the same. */
const PROGRAM = join(REPOSITORY, "node_modules", ".bin", "buf");
const COMPLAINED = 100;

/** Makes the folder. `signal` ends what is running. */
export async function createBuf(signal: AbortSignal): Promise<Buf> {
  const folder = await mkdtemp(join(tmpdir(), "polywire-buf-"));
  const run = (args: readonly string[], input?: Uint8Array) => runBuf(args, { folder, signal, input });
  return {
    async build(name, files) {
      for (const [path, content] of Object.entries(files)) {
        const target = join(folder, name, path);
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, content);
      }
      const path = join(folder, `${name}.binpb`);
      const { code, stdout, stderr } = await run(["build", name, "--output", path]);
      if (code === COMPLAINED) return { complaint: (stdout.toString() + stderr).trim() };
      if (code !== 0) throw new Error(`buf build: ${stderr}`);
      return {
        image: { path, registry: createFileRegistry(fromBinary(FileDescriptorSetSchema, await readFile(path))) },
      };
    },
    async breaking(before, after, rules) {
      const config = JSON.stringify({ version: "v2", breaking: { use: [rules] } });
      const args = ["breaking", after.path, "--against", before.path, "--config", config, "--error-format", "json"];
      const { code, stdout, stderr } = await run(args);
      if (code !== 0 && code !== COMPLAINED) throw new Error(`buf breaking: ${stderr}`);
      const lines = stdout.toString().split("\n");
      return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Complaint);
    },
    async read(image, type, bytes) {
      const to = "-#format=json,use_proto_names=true,use_enum_numbers=true";
      const args = ["convert", image.path, "--type", type, "--from", "-#format=binpb", "--to", to];
      const { code, stdout, stderr } = await run(args, bytes);
      const [, refusal] = /^Failure: --from: (.*unmarshal: .*)/.exec(stderr) ?? [];
      if (refusal !== undefined) throw new Refusal(refusal);
      if (code !== 0) throw new Error(`buf convert: ${stderr}`);
      return JSON.parse(stdout.toString());
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The compiled module of files that must compile. */
export async function buildImage(buf: Pick<Buf, "build">, name: string, files: ProtoFiles): Promise<Image> {
  const built = await buf.build(name, files);
  if ("complaint" in built) throw new Error(`${name} does not compile: ${built.complaint}`);
  return built.image;
}

interface RunOptions {
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly input?: Uint8Array | undefined;
}

async function runBuf(args: readonly string[], { folder, signal, input }: RunOptions) {
  const child = spawn(PROGRAM, args, { cwd: folder, signal, timeout: 60_000 });
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  // It may end before it has read everything; its code says what that means.
  child.stdin.on("error", () => undefined).end(input);
  const output = Promise.all([buffer(child.stdout), buffer(child.stderr), ended]);
  const [stdout, stderr, code] = await output.finally(() => signal.throwIfAborted());
  return { code, stdout, stderr: stderr.toString() };
}
