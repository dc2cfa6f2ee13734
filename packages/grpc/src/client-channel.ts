import { type ChannelOptions, Client, compressionAlgorithms, connectivityState, credentials } from "@grpc/grpc-js";
import type { ResolvedGrpcTransportOptions } from "./options.ts";
import { tlsChannelCredentials } from "./tls/channel-credentials.ts";

/** The connections of one transport. */
export interface ClientChannel {
  /** Makes the next call. */
  readonly client: Client;
  /**
   * A call made at this time (epoch milliseconds) has waited for the other side in vain: its connection may be dead, and
   * the next calls get new ones. Running calls go on where they are.
   */
  heardNothingSince(startedMs: number): void;
  /** Takes no more calls; running ones go on. */
  close(): void;
}

/**
 * Opens a channel of grpc-js. Keepalive pings, which would find a dead connection, stay off: they end calls that run on
 * a connection which drains (docs/adr/0010-no-keepalive-pings.md). Calls in vain find it instead.
 */
export function createClientChannel(options: ResolvedGrpcTransportOptions): ClientChannel {
  const { address, maxSilenceMs, tls } = options;
  const access = tls ? tlsChannelCredentials(tls) : credentials.createInsecure();
  const connect = () => new Client(address, access, channelOptions(options));
  let client = connect();
  let renewedMs = 0;
  return {
    get client() {
      return client;
    },
    heardNothingSince(startedMs) {
      const isPaced = startedMs > renewedMs && Date.now() - renewedMs >= maxSilenceMs;
      // A channel that is connecting would end the calls that wait for it.
      if (!isPaced || client.getChannel().getConnectivityState(false) !== connectivityState.READY) return;
      renewedMs = Date.now();
      const silent = client;
      client = connect();
      silent.close();
    },
    close: () => client.close(),
  };
}

/**
 * What grpc-js keeps of a call's messages to send them again when the server has not looked at them: the first window of
 * HTTP/2. Of a long client stream it would keep 1 MiB, and it copies the list of what it keeps for each message sent:
 * with orders of 50 bytes that was 40 % of the CPU time of a client that imports.
 */
const MAX_REPEATED_BYTES = 65_536;

function channelOptions(options: ResolvedGrpcTransportOptions): ChannelOptions {
  const { maxReceiveBytes, maxSendBytes, compression, loadBalancing, minResolutionIntervalMs } = options;
  return {
    "grpc.max_receive_message_length": maxReceiveBytes,
    "grpc.max_send_message_length": maxSendBytes,
    "grpc.default_compression_algorithm": compressionAlgorithms[compression],
    "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ [loadBalancing]: {} }] }),
    // A TXT record would have the last word over the line before.
    "grpc.service_config_disable_resolution": 1,
    "grpc.dns_min_time_between_resolutions_ms": minResolutionIntervalMs,
    // From the pool that all channels share a new channel would be given the old connection.
    "grpc.use_local_subchannel_pool": 1,
    "grpc.per_rpc_retry_buffer_size": MAX_REPEATED_BYTES,
    // Nothing here reads channelz, and it costs every call.
    "grpc.enable_channelz": 0,
  };
}
