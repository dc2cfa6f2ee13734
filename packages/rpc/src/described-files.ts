import {
  type DescEnum,
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescService,
  toBinary,
} from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** The proto files that describe some services, found by what they declare. */
export interface DescribedFiles {
  /** A file by its name: `polywire/orders/v1/order.proto`. */
  named(file: string): DescFile | undefined;
  /** The file that declares a service, method, message, field, oneof, enum, enum value or extension, by full name. */
  declaring(symbol: string): DescFile | undefined;
  /** The file that declares each extension of a message, by field number; undefined when there is no such message. */
  extensions(message: string): ReadonlyMap<number, DescFile> | undefined;
  /** A file, then all that it imports, each as a serialized FileDescriptorProto. Comments are not among it. */
  serialized(file: DescFile): Uint8Array[];
}

/** Finds the files of these services and all that they import. Every file is serialized once, here. */
export function describedFiles(services: readonly DescService[]): DescribedFiles {
  const files = withImports(services.map(({ file }) => file));
  const names = new Map(files.map((file) => [file.proto.name, file]));
  const bytes = new Map(files.map((file) => [file, toBinary(FileDescriptorProtoSchema, file.proto)]));

  const symbols = new Map<string, DescFile>();
  const extensions = new Map<string, Map<number, DescFile>>();
  const extensionsOf = ({ typeName }: DescMessage) => {
    const known = extensions.get(typeName) ?? new Map<number, DescFile>();
    extensions.set(typeName, known);
    return known;
  };
  for (const type of files.flatMap((file) => [...nestedTypes(file)])) {
    for (const symbol of [type.typeName, ...membersOf(type)]) symbols.set(symbol, type.file);
    if (type.kind === "message") extensionsOf(type);
    if (type.kind === "extension") extensionsOf(type.extendee).set(type.number, type.file);
  }

  return {
    named: (file) => names.get(file),
    declaring: (symbol) => symbols.get(symbol),
    extensions: (message) => extensions.get(message),
    serialized: (file) => withImports([file]).flatMap((each) => bytes.get(each) ?? []),
  };
}

/** Files and everything they import, each once, the given ones first. */
function withImports(files: readonly DescFile[]): DescFile[] {
  const all = new Set(files);
  // A set that grows while it is walked is walked to its end.
  for (const file of all) for (const imported of file.dependencies) all.add(imported);
  return [...all];
}

function membersOf(type: DescMessage | DescEnum | DescExtension | DescService): string[] {
  const within = (name: string) => `${type.typeName}.${name}`;
  switch (type.kind) {
    case "service":
      return type.methods.map(({ name }) => within(name));
    case "message":
      return type.members.map(({ name }) => within(name));
    case "enum": {
      // Values are siblings of their enum.
      const scope = type.typeName.slice(0, -type.name.length);
      return type.values.map(({ name }) => `${scope}${name}`);
    }
    case "extension":
      return [];
  }
}
