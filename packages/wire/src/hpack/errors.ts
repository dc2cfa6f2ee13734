import { defineWireErrors } from "../core/wire-error.ts";

/**
 * What can be wrong with a header block. Each is a connection error of type COMPRESSION_ERROR in HTTP/2
 * (RFC 9113 section 4.3), except `header_list_too_large`, which is this decoder's own limit.
 */
export const hpackError = defineWireErrors("hpack", {
  integer_overflow: ["RFC 7541 section 5.1", "An integer is larger than this decoder accepts."],
  truncated: ["RFC 7541 section 3.1", "The block ends inside a field representation."],
  bad_huffman: ["RFC 7541 section 5.2", "A Huffman-coded string holds EOS or is badly padded."],
  zero_index: ["RFC 7541 section 6.1", "Index 0 refers to no entry."],
  index_out_of_range: ["RFC 7541 section 2.3.3", "The index is beyond the end of the dynamic table."],
  size_update_too_large: [
    "RFC 7541 section 6.3",
    "A table size update exceeds the size that the decoder's side allows.",
  ],
  size_update_misplaced: ["RFC 7541 section 4.2", "A table size update stands after the first field of a block."],
  size_update_missing: [
    "RFC 7541 section 4.2",
    "The block does not begin with the size update that a lowered limit requires.",
  ],
  header_list_too_large: [
    "RFC 9113 section 6.5.2",
    "The header list exceeds maxHeaderListBytes; later fields are left out.",
  ],
});
