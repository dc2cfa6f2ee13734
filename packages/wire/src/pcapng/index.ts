export type { PcapngInterface, PcapngOptions } from "./options.ts";
export { writePcapng } from "./writer.ts";
