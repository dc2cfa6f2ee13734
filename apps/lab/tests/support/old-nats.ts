import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Makes a folder, for PATH, whose nats-server says that it is version 2.9.0. */
export async function oldNats(parent: string): Promise<string> {
  const folder = join(parent, "old-nats");
  await mkdir(folder);
  await writeFile(join(folder, "nats-server"), "#!/bin/sh\necho nats-server: v2.9.0\n");
  await chmod(join(folder, "nats-server"), 0o755);
  return folder;
}
