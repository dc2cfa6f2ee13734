import { expect, test } from "vitest";
import { printable } from "./printable.ts";

test("printable + leaves no text that moves the cursor, clears the screen or sets the title", () => {
  const said = { path: "/a\u001b[2J\u001b]0;b\u0007", list: ["\u009b31m", "\r\u007f"], length: 2, none: null };
  expect(printable(said)).toEqual({ path: "/a·[2J·]0;b·", list: ["·31m", "··"], length: 2, none: null });
  expect(printable("tab\tand\nline, ä and 日本 stay")).toBe("tab\tand\nline, ä and 日本 stay");
});
