import type { IncomingMessage, ServerResponse } from "node:http";
import { readFault } from "@polywire/wire/faults";
import type { FaultDesk } from "./fault-desk.ts";

const MAX_BODY_BYTES = 16_384;

/**
 * Answers `/faults`: GET lists what is set, POST sets (`{"hop": …, "fault": …, "settings": {…}}`), DELETE lifts (`?id=`, or
 * all). Errors are `{"error": …}`, with 400.
 */
export async function serveFaults(desk: FaultDesk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    answer(response, 200, await handle(desk, request));
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) answer(response, 400, { error: error.message });
    // The request broke off.
    else response.destroy();
  }
}

async function handle(desk: FaultDesk, request: IncomingMessage): Promise<unknown> {
  switch (request.method) {
    case "GET":
      return desk.list();
    case "POST": {
      // A page from elsewhere may send this type only after it has asked, and it is not answered then.
      if (request.headers["content-type"] !== "application/json") throw new RangeError("send application/json");
      const { hop, fault, settings = {} } = Object(JSON.parse(await bodyOf(request)));
      return desk.set(String(hop), readFault(String(fault), Object(settings)));
    }
    case "DELETE": {
      const id = new URL(request.url ?? "/", "http://taps").searchParams.get("id");
      return desk.lift(id === null ? undefined : Number(id));
    }
    default:
      throw new RangeError("use GET, POST or DELETE");
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new RangeError(`the body is larger than ${MAX_BODY_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
