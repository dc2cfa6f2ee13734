import { expect, test } from "vitest";
import { findAccount } from "./postgres-account.ts";

const NOBODY = "nobody:x:65533:65532:nobody:/:/usr/sbin/nologin";

test("findAccount prefers postgres, else takes nobody, and never root", () => {
  expect(findAccount(`root:x:0:0::/root:/bin/sh\n${NOBODY}\npostgres:x:70:71:::`)).toEqual({ uid: 70, gid: 71 });
  expect(findAccount(`root:x:0:0::/root:/bin/sh\n${NOBODY}`)).toEqual({ uid: 65_533, gid: 65_532 });
  expect(findAccount("postgres:x:0:0:::")).toEqual({ uid: 65_534, gid: 65_534 });
});
