import { createGrpcTransport, type TlsSource } from "@polywire/grpc";
import { connectNats, createDirectEventLog, createJetStreamEventLog, type EventLog } from "@polywire/realtime/server";
import type { CallMeter } from "@polywire/rpc";
import { clientInterceptors, withCallContext } from "@polywire/rpc/node";
import type { Logger } from "pino";
import type { Config } from "./config.ts";

/** A log and the connection under it. */
export interface OpenedLog {
  log: EventLog;
  close(): Promise<void>;
}

/** Opens the event log that the configuration names. @throws ConnectError when NATS is named and can't be used */
export async function openLog(
  config: Config,
  { logger, tls, meter }: { logger: Logger; tls: TlsSource | undefined; meter: CallMeter },
): Promise<OpenedLog> {
  const source = config.log;
  if ("natsUrl" in source) {
    const connection = await connectNats({ url: source.natsUrl, name: config.instance });
    return { log: createJetStreamEventLog({ connection }), close: () => connection.close() };
  }
  logger.warn("no NATS: this node reads the event log from the order service (direct mode)");
  const transport = createGrpcTransport({
    address: config.ordersAddress,
    tls,
    interceptors: clientInterceptors({ meter }),
  });
  const log = createDirectEventLog({
    transport: withCallContext(transport, { defaultToken: () => source.serviceToken }),
  });
  return { log, close: async () => transport.close() };
}
