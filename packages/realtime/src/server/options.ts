import type { Command, CommandReply } from "@polywire/contract/polywire/realtime/v1/frames";
import type { CallContext, CallLog, CallMeter, Principal, TokenVerifier } from "@polywire/rpc";
import { DEFAULT_MAX_FRAME_BYTES } from "../protocol/codec/frame-codec.ts";
import type { Channel } from "../protocol/index.ts";
import type { EventLog } from "./log/event-log.ts";
import type { LogTail } from "./tail/log-tail.ts";

/** Who asks, with what; given to what the application injects. */
export interface Caller {
  principal: Principal;
  token: string;
  /** Names the request in logs. */
  requestId: string;
  /** Aborts when the client is gone or the request takes too long. */
  signal: AbortSignal;
}

/**
 * Decides whether the caller may listen to a channel.
 *
 * @throws ConnectError what the client is told: PERMISSION_DENIED, or NOT_FOUND where existence is a secret
 */
export type AuthorizeChannel = (channel: Channel, caller: Caller) => Promise<void>;

/** Runs a command on the caller's behalf, until `call.signal` aborts. */
export type ExecuteCommand = (command: Command, call: CallContext) => Promise<CommandReply>;

/** Options of `createRealtimeServer`. What has no default must be given. */
export interface RealtimeServerOptions {
  /** The log; resumes that the tail's window does not reach are read from it. */
  log: EventLog;
  /** From `startLogTail` on the same log. Stays the caller's to close, after the server. */
  tail: LogTail;
  /** Checks tokens at the upgrade, at an SSE request and when a token is replaced. */
  verify: TokenVerifier;
  authorize: AuthorizeChannel;
  execute: ExecuteCommand;
  /** Names this node to clients and in logs. */
  nodeId: string;
  /** Origins of pages that may connect, beside the node's own (`https://shop.example`). Default: none. */
  allowedOrigins?: readonly string[];
  /** Takes one record for each command. Default: nobody. */
  callLog?: CallLog;
  /** Counts commands. Default: nobody. */
  meter?: CallMeter;
  /** How many connections there may be; more are refused with 503. Default 10,000. */
  maxConnections?: number;
  /** The largest frame that is read, in bytes; a larger one closes the connection with 1009. Default 65,536. */
  maxFrameBytes?: number;
  /** After so many unreadable frames a connection is closed with BAD_FRAMES. Default 20. */
  maxBadFrames?: number;
  /** How many channels one connection may be subscribed to. Default 64. */
  maxSubscriptions?: number;
  /** How many requests of one connection may be in work; more are refused with RESOURCE_EXHAUSTED. Default 32. */
  maxRequestsInFlight?: number;
  /** How many events may wait for one subscriber; then its policy decides. Default 1,024. */
  maxQueueEvents?: number;
  /** How many bytes of events may wait for one subscriber. Default 1 MiB. */
  maxQueueBytes?: number;
  /** A socket with so many unsent bytes gets no more events until it has sent them. Default 256 KiB. */
  maxSocketBytes?: number;
  /** How many resumes may read the log itself at a time; others wait. Default 32. */
  maxConcurrentReplays?: number;
  /** How long a resume from a cursor that this node has not reached yet waits for it, in milliseconds. Default 2,000. */
  aheadWaitMs?: number;
  /** The deadline of a command that names none, in milliseconds. Default 10,000. */
  commandTimeoutMs?: number;
  /** The longest deadline of a command, in milliseconds. Default 60,000. */
  maxCommandTimeoutMs?: number;
  /** How often each client is pinged, and told the head when nothing else was sent, in milliseconds. Default 15,000. */
  heartbeatMs?: number;
  /** Epoch milliseconds. Default Date.now. */
  clock?: () => number;
  /** From 0 to 1. Default Math.random. */
  random?: () => number;
}

/** {@link RealtimeServerOptions} with every default filled in. */
export type ResolvedRealtimeServerOptions = Required<RealtimeServerOptions>;

const NO_METER: CallMeter = { started: () => undefined, ended: () => undefined };

const defaults = {
  maxConnections: 10_000,
  maxFrameBytes: DEFAULT_MAX_FRAME_BYTES,
  maxBadFrames: 20,
  maxSubscriptions: 64,
  maxRequestsInFlight: 32,
  maxQueueEvents: 1024,
  maxQueueBytes: 1_048_576,
  maxSocketBytes: 262_144,
  maxConcurrentReplays: 32,
  aheadWaitMs: 2000,
  commandTimeoutMs: 10_000,
  maxCommandTimeoutMs: 60_000,
  heartbeatMs: 15_000,
};

/**
 * Fills in the defaults.
 *
 * @throws RangeError for a number that is not a positive integer
 * @throws TypeError for an allowed origin that is not one
 */
export function resolveRealtimeServerOptions(options: RealtimeServerOptions): ResolvedRealtimeServerOptions {
  const { allowedOrigins = [], callLog = () => undefined, meter = NO_METER } = options;
  const { clock = Date.now, random = Math.random } = options;
  for (const origin of allowedOrigins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new TypeError(`allowedOrigins: ${origin} is not an origin, write for example https://shop.example`);
    }
  }
  const resolved = { ...defaults, ...options, allowedOrigins, callLog, meter, clock, random };
  for (const name of Object.keys(defaults) as (keyof typeof defaults)[]) {
    if (!Number.isSafeInteger(resolved[name]) || resolved[name] < 1) {
      throw new RangeError(`${name}: ${resolved[name]} is not a positive integer`);
    }
  }
  return resolved;
}
