import { writeFile } from "node:fs/promises";

/** Writes a page and says where. */
export async function writePage(file: string, page: string): Promise<void> {
  await writeFile(file, page);
  process.stderr.write(`wrote ${file}\n`);
}
