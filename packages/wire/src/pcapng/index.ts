export { CaptureError } from "./errors.ts";
export type { PcapngInterface, PcapngOptions } from "./options.ts";
export { type Capture, type CapturedEvent, type ReadCaptureOptions, readCapture } from "./reader.ts";
export { writePcapng } from "./writer.ts";
