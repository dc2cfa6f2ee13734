import { toJsonString } from "@bufbuild/protobuf";
import { durationMs } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";
import {
  type Export,
  ExportFormat,
  ExportSchema,
  type OrderService,
  StartExportRequestSchema,
} from "@polywire/contract/polywire/orders/v1/order_service";
import { formatRetryAfter, parseIdempotencyKey, parseStrictJson } from "@polywire/http";
import type { Request } from "express";
import { readJson } from "../serve/read-json.ts";
import type { Reply, Route } from "../serve/route.ts";

const READ_MS = 10_000;
const WRITE_MS = 30_000;
const DOWNLOAD_MS = 600_000;
const START_FIELDS = ["filter", "format"];
const PRIVATE = { "cache-control": "private, no-cache", vary: "Authorization" };

/** Exports in the background over REST: started with 202, polled where Location says, then downloaded. */
export function exportRoutes(orders: Client<typeof OrderService>): Route[] {
  return [
    {
      method: "POST",
      path: "/v1/exports",
      timeoutMs: WRITE_MS,
      handle: async (request) => {
        const idempotencyKey = parseIdempotencyKey(request.get("idempotency-key"));
        const wanted = parseStrictJson(StartExportRequestSchema, await readJson(request), { fields: START_FIELDS });
        const { export: started } = await orders.startExport({ ...wanted, idempotencyKey });
        return exportReply(started, { started: true });
      },
    },
    {
      method: "GET",
      path: "/v1/exports/:export_id",
      timeoutMs: READ_MS,
      handle: async (request) => {
        const { export: found } = await orders.getExport({ exportId: exportIdOf(request) });
        return exportReply(found);
      },
    },
    {
      method: "GET",
      path: "/v1/exports/:export_id/content",
      timeoutMs: DOWNLOAD_MS,
      handle: async (request) => {
        const exportId = exportIdOf(request);
        const { export: found } = await orders.getExport({ exportId });
        const isCsv = found?.format === ExportFormat.CSV;
        const headers = {
          ...PRIVATE,
          "content-type": isCsv ? "text/csv; charset=utf-8" : "application/jsonl",
          "content-disposition": `attachment; filename="orders.${isCsv ? "csv" : "jsonl"}"`,
        };
        return { headers, body: await begun(dataOf(orders, exportId)) };
      },
    },
  ];
}

function exportReply(found: Export | undefined, { started = false } = {}): Reply {
  if (found === undefined) throw new Error("the order service answered without an export");
  const { exportId, pollAfter } = found;
  return {
    status: started ? 202 : 200,
    headers: {
      ...PRIVATE,
      ...(started && { location: `/v1/exports/${encodeURIComponent(exportId)}` }),
      ...(pollAfter && { "retry-after": formatRetryAfter(durationMs(pollAfter)) }),
    },
    body: toJsonString(ExportSchema, found, { alwaysEmitImplicit: true }),
  };
}

async function* dataOf(orders: Client<typeof OrderService>, exportId: string): AsyncGenerator<Uint8Array> {
  for await (const { data } of orders.downloadExport({ exportId })) yield data;
}

/** The pieces once the first one is there: what refuses the download is an answer of its own, not one cut off. */
async function begun(pieces: AsyncGenerator<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const first = await pieces.next();
  return (async function* all() {
    if (first.done) return;
    yield first.value;
    yield* pieces;
  })();
}

function exportIdOf(request: Request): string {
  return String(request.params.export_id);
}
