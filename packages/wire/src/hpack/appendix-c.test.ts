import { expect, test } from "vitest";
import { fromHex } from "../../tests/support/hex.ts";
import { createHpackDecoder } from "./decoder.ts";
import { createHpackEncoder } from "./encoder.ts";

type List = readonly (readonly [name: string, value: string])[];
interface Example {
  readonly hex: string;
  readonly fields: List;
  readonly tableBytes: number;
  readonly entries: number;
}

const FIRST: List = [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", "/"],
  [":authority", "www.example.com"],
];
const SECOND: List = [...FIRST, ["cache-control", "no-cache"]];
const THIRD: List = [
  [":method", "GET"],
  [":scheme", "https"],
  [":path", "/index.html"],
  [":authority", "www.example.com"],
  ["custom-key", "custom-value"],
];
const REDIRECT: List = [
  [":status", "302"],
  ["cache-control", "private"],
  ["date", "Mon, 21 Oct 2013 20:13:21 GMT"],
  ["location", "https://www.example.com"],
];
const REDIRECT_AGAIN: List = [[":status", "307"], ...REDIRECT.slice(1)];
const WITH_COOKIE: List = [
  [":status", "200"],
  ["cache-control", "private"],
  ["date", "Mon, 21 Oct 2013 20:13:22 GMT"],
  ["location", "https://www.example.com"],
  ["content-encoding", "gzip"],
  ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
];

const REQUESTS_PLAIN: Example[] = [
  { hex: "828684410f7777772e6578616d706c652e636f6d", fields: FIRST, tableBytes: 57, entries: 1 },
  { hex: "828684be58086e6f2d6361636865", fields: SECOND, tableBytes: 110, entries: 2 },
  {
    hex: "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
    fields: THIRD,
    tableBytes: 164,
    entries: 3,
  },
];
const REQUESTS_HUFFMAN: Example[] = [
  { hex: "828684418cf1e3c2e5f23a6ba0ab90f4ff", fields: FIRST, tableBytes: 57, entries: 1 },
  { hex: "828684be5886a8eb10649cbf", fields: SECOND, tableBytes: 110, entries: 2 },
  { hex: "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", fields: THIRD, tableBytes: 164, entries: 3 },
];
const RESPONSES_PLAIN: Example[] = [
  {
    hex: `4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f
          7777772e6578616d706c652e636f6d`,
    fields: REDIRECT,
    tableBytes: 222,
    entries: 4,
  },
  { hex: "4803333037c1c0bf", fields: REDIRECT_AGAIN, tableBytes: 222, entries: 4 },
  {
    hex: `88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b42
          5a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31`,
    fields: WITH_COOKIE,
    tableBytes: 215,
    entries: 3,
  },
];
const RESPONSES_HUFFMAN: Example[] = [
  {
    hex: `488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3`,
    fields: REDIRECT,
    tableBytes: 222,
    entries: 4,
  },
  { hex: "4883640effc1c0bf", fields: REDIRECT_AGAIN, tableBytes: 222, entries: 4 },
  {
    hex: `88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f
          3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007`,
    fields: WITH_COOKIE,
    tableBytes: 215,
    entries: 3,
  },
];

test.each([
  ["C.2.1", "400a637573746f6d2d6b65790d637573746f6d2d686561646572", "custom-key", "custom-header", "incremental", 55],
  ["C.2.2", "040c2f73616d706c652f70617468", ":path", "/sample/path", "plain", 0],
  ["C.2.3", "100870617373776f726406736563726574", "password", "secret", "never", 0],
  ["C.2.4", "82", ":method", "GET", "indexed", 0],
])("createHpackDecoder + decodes RFC 7541 %s", (...[, hex, name, value, representation, tableBytes]) => {
  const block = createHpackDecoder().decode(fromHex(hex));
  expect(block).toMatchObject({ error: null, complete: true, tableBytesBefore: 0, tableBytesAfter: tableBytes });
  expect(block.fields).toMatchObject([{ name, value, representation }]);
});

test.each([
  ["C.3", REQUESTS_PLAIN, 4096],
  ["C.4", REQUESTS_HUFFMAN, 4096],
  ["C.5", RESPONSES_PLAIN, 256],
  ["C.6", RESPONSES_HUFFMAN, 256],
])("createHpackDecoder + decodes the series of RFC 7541 %s", (_, series, tableSize) => {
  const decoder = createHpackDecoder();
  let before = 0;
  for (const [position, example] of series.entries()) {
    // The examples take the size as agreed; on the wire a block announces it.
    const update = position === 0 && tableSize === 256 ? "3fe101" : "";
    const block = decoder.decode(fromHex(update + example.hex));
    expect(block.error).toBeNull();
    expect(block.fields.map((field) => [field.name, field.value])).toEqual(example.fields);
    expect(block).toMatchObject({ tableBytesBefore: before, tableBytesAfter: example.tableBytes });
    expect(block.entriesAfter).toBe(example.entries);
    before = example.tableBytes;
  }
});

test.each([
  ["C.3", REQUESTS_PLAIN, 4096, false],
  ["C.4", REQUESTS_HUFFMAN, 4096, true],
  ["C.5", RESPONSES_PLAIN, 256, false],
  ["C.6", RESPONSES_HUFFMAN, 256, true],
])("createHpackEncoder + writes the very bytes of RFC 7541 %s", (...[, series, maxTableBytes, huffman]) => {
  const encoder = createHpackEncoder({ maxTableBytes, huffman });
  for (const [position, example] of series.entries()) {
    const target = new Uint8Array(1024);
    const fields = example.fields.map(([name, value]) => ({ name, value }));
    const end = encoder.encode(fields, target, 0);
    const update = position === 0 && maxTableBytes === 256 ? "3fe101" : "";
    expect(target.subarray(0, end)).toEqual(fromHex(update + example.hex));
    expect(encoder).toMatchObject({ tableBytes: example.tableBytes, entries: example.entries });
  }
});
