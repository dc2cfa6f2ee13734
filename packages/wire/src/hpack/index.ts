export type { WireError } from "../core/wire-error.ts";
export { createHpackDecoder, type HpackDecoder } from "./decoder.ts";
export { createHpackEncoder, type HpackEncoder } from "./encoder.ts";
export type { HeaderBlock, HeaderField, HeaderInput, Representation } from "./fields.ts";
export { huffmanLength } from "./huffman.ts";
export type { HpackDecoderOptions, HpackEncoderOptions } from "./options.ts";
