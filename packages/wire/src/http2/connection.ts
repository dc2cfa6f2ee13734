import { otherSide } from "../core/side.ts";
import { FLAG, FRAME_TYPE, MAX_31_BITS } from "./constants.ts";
import { createDirection, type Direction } from "./direction.ts";
import { type Http2ErrorCode, http2Error } from "./errors.ts";
import type { FrameEvent, Http2Event, Side, StreamEvent, Windows } from "./events.ts";
import { grant, spend, windowsOf } from "./flow-control.ts";
import type {
  ContinuationFrame,
  Frame,
  FrameHeader,
  GoawayFrame,
  MalformedFrame,
  RstStreamFrame,
  SettingsFrame,
  WindowUpdateFrame,
} from "./frames.ts";
import type { AssembledHeaders } from "./header-assembly.ts";
import { headersKind } from "./headers-kind.ts";
import {
  type Http2ConnectionOptions,
  type ResolvedHttp2ConnectionOptions,
  resolveHttp2ConnectionOptions,
} from "./options.ts";
import { applySettings, forgetSettings } from "./settings.ts";
import { endedBy, hasEnded, initiatorOf, StreamTable, type TrackedStream } from "./streams.ts";

/** Both directions of one HTTP/2 connection, seen by someone in the middle. */
export interface Http2Connection {
  /**
   * Takes the next bytes that one side sent, cut anywhere, and returns what they show. Never throws: faults are events,
   * and decoding goes on behind them. Events hold views of `chunk`. Give the two sides' bytes in the order in which they
   * were seen: flow control depends on it; headers and frames do not.
   */
  push(from: Side, chunk: Uint8Array): readonly Http2Event[];
  /** One side has ended its bytes; shows a frame that this leaves unfinished. */
  end(from: Side): readonly Http2Event[];
  /** Streams that are neither idle nor closed, by identifier. */
  readonly streams: ReadonlyMap<number, Readonly<TrackedStream>>;
}

/**
 * Creates the view of one connection (RFC 9113).
 *
 * @throws RangeError when an option is out of its range.
 */
export function createHttp2Connection(options: Http2ConnectionOptions = {}): Http2Connection {
  return new Connection(options, resolveHttp2ConnectionOptions(options));
}

class Connection implements Http2Connection {
  readonly #fromStart: boolean;
  readonly #maxPendingSettings: number;
  readonly #directions: Record<Side, Direction>;
  readonly #table: StreamTable;
  #events: Http2Event[] = [];
  /** Where the frame being taken begins. */
  #offset = 0;

  constructor(options: Http2ConnectionOptions, resolved: ResolvedHttp2ConnectionOptions) {
    this.#fromStart = resolved.join === "start";
    this.#maxPendingSettings = resolved.maxPendingSettings;
    this.#table = new StreamTable(resolved.maxStreams);
    this.#directions = {
      client: createDirection("client", options, resolved),
      server: createDirection("server", options, resolved),
    };
  }

  get streams(): ReadonlyMap<number, Readonly<TrackedStream>> {
    return this.#table.tracked;
  }

  push(from: Side, chunk: Uint8Array): readonly Http2Event[] {
    return this.#takeAll(this.#directions[from], this.#directions[from].frames.push(chunk));
  }

  end(from: Side): readonly Http2Event[] {
    return this.#takeAll(this.#directions[from], this.#directions[from].frames.end());
  }

  #takeAll(from: Direction, frames: readonly Frame[]): readonly Http2Event[] {
    this.#events = [];
    for (const frame of frames) this.#take(from, frame);
    return this.#events;
  }

  #take(from: Direction, frame: Frame): void {
    this.#offset = frame.offset;
    const event: { -readonly [Key in keyof FrameEvent]: FrameEvent[Key] } = {
      type: "frame",
      from: from.side,
      frame,
      windows: undefined,
    };
    this.#events.push(event);
    this.#checkOrder(from, frame);
    switch (frame.type) {
      case "DATA":
        event.windows = this.#data(from, frame);
        break;
      case "HEADERS":
      case "PUSH_PROMISE":
        this.#headers(from, from.assembly.start(frame));
        break;
      case "CONTINUATION":
        this.#continuation(from, frame);
        break;
      case "WINDOW_UPDATE":
        event.windows = this.#windowUpdate(from, frame);
        break;
      case "SETTINGS":
        this.#settings(from, frame);
        break;
      case "RST_STREAM":
        this.#rstStream(from, frame);
        break;
      case "GOAWAY":
        this.#goaway(from, frame);
        break;
      case "MALFORMED":
        event.windows = this.#malformed(from, frame);
        break;
      case "PING":
      case "PREFACE":
      case "PRIORITY":
      case "PRIORITY_UPDATE":
      case "RESYNC":
      case "UNKNOWN":
        break;
    }
  }

  /** Rules about a frame's place among the others of its side. */
  #checkOrder(from: Direction, frame: Frame): void {
    if (frame.typeCode < 0) return;
    if (!from.started && frame.type !== "SETTINGS") this.#fail(from, 0, "settings_expected");
    from.started = true;
    if (from.maxFrameBytes !== null && frame.length > from.maxFrameBytes) {
      this.#fail(from, frame.streamId, "frame_over_advertised");
    }
    const open = from.assembly.openStreamId;
    if (open === undefined || (frame.type === "CONTINUATION" && frame.streamId === open)) return;
    from.assembly.abandon();
    from.hpack.forget();
    this.#fail(from, open, "headers_interrupted");
  }

  /** DATA, also one whose payload could not be read: it counts against the windows all the same. */
  #data(from: Direction, frame: FrameHeader): Windows {
    const stream = this.#table.tracked.get(frame.streamId);
    const ended = stream !== undefined && hasEnded(from.side, stream.state);
    const fault = spend(from, stream, frame.length);
    const windows = windowsOf(from, stream);
    if (fault !== undefined) this.#fail(from, frame.streamId, fault);
    if (ended) this.#fail(from, frame.streamId, "stream_ended");
    else if (stream === undefined) this.#expectUsed(from, frame.streamId);
    else if ((frame.flags & FLAG.END_STREAM) !== 0) this.#endStream(from, stream);
    return windows;
  }

  #continuation(from: Direction, frame: ContinuationFrame): void {
    if (from.assembly.openStreamId === frame.streamId) {
      this.#headers(from, from.assembly.continue(frame));
      return;
    }
    from.hpack.forget();
    if (this.#fromStart) this.#fail(from, frame.streamId, "continuation_unexpected");
  }

  #headers(from: Direction, assembled: AssembledHeaders | undefined): void {
    if (assembled === undefined) return;
    const { streamId, promisedStreamId, endStream, frames, encoded } = assembled;
    const block = encoded === undefined ? null : from.hpack.decode(encoded);
    if (block === null) from.hpack.forget();
    const kind = promisedStreamId !== undefined ? "push" : block === null ? "unknown" : headersKind(block);
    this.#events.push({ type: "headers", from: from.side, streamId, promisedStreamId, kind, block, endStream, frames });
    if (block === null) this.#fail(from, streamId, "header_block_too_large");
    else if (block.error !== null) {
      this.#events.push({ type: "error", from: from.side, streamId, error: block.error });
    }
    if (promisedStreamId !== undefined) this.#reserve(from, promisedStreamId);
    else this.#enter(from, assembled, this.#fromStart || kind === "request");
  }

  /** Moves a stream on by a header block; `mayOpen`: an identifier never seen before is a new stream's. */
  #enter(from: Direction, { streamId, endStream }: AssembledHeaders, mayOpen: boolean): void {
    let stream = this.#table.tracked.get(streamId);
    if (stream === undefined) {
      if (!mayOpen || !this.#table.isIdle(streamId)) return;
      if (from.side === "server" || initiatorOf(streamId) === "server") {
        this.#fail(from, streamId, "bad_stream_id");
        return;
      }
      stream = this.#open(from, streamId, "open");
      if (stream === undefined) return;
    } else if (hasEnded(from.side, stream.state)) {
      this.#fail(from, streamId, "stream_ended");
      return;
    } else if (stream.state === "reserved") {
      // A pushed response begins; the client never sends on its stream (RFC 9113 section 5.1).
      this.#setState(from, stream, { state: "half-closed-client", because: "headers" });
    }
    if (endStream) this.#endStream(from, stream);
  }

  #reserve(from: Direction, promisedStreamId: number): void {
    const allowed = from.side === "server" && initiatorOf(promisedStreamId) === "server" && promisedStreamId > 0;
    if (allowed && this.#table.isIdle(promisedStreamId)) this.#open(from, promisedStreamId, "reserved");
    else this.#fail(from, promisedStreamId, "bad_push");
  }

  #open(from: Direction, streamId: number, state: "open" | "reserved"): TrackedStream | undefined {
    const { client, server } = this.#directions;
    const windows = { client: client.initialWindow, server: server.initialWindow };
    const stream = this.#table.open(streamId, state, windows);
    if (stream === undefined) this.#fail(from, streamId, "too_many_streams");
    else this.#setState(from, stream, { state, because: state === "open" ? "headers" : "push" });
    return stream;
  }

  #endStream(from: Direction, stream: TrackedStream): void {
    this.#setState(from, stream, { state: endedBy(from.side, stream.state), because: "end-stream" });
  }

  #windowUpdate(from: Direction, frame: WindowUpdateFrame): Windows {
    const receiver = this.#directions[otherSide(from.side)];
    const stream = this.#table.tracked.get(frame.streamId);
    if (stream === undefined && frame.streamId !== 0) {
      this.#expectUsed(from, frame.streamId);
    } else {
      const fault = grant(receiver, stream, frame.increment);
      if (fault !== undefined) this.#fail(from, frame.streamId, fault);
    }
    return windowsOf(receiver, stream);
  }

  #settings(from: Direction, frame: SettingsFrame): void {
    const other = this.#directions[otherSide(from.side)];
    // One that joined late can't tell which SETTINGS an acknowledgement answers.
    if (!(frame.ack ? from : other).settingsKnown) return;
    if (!frame.ack) {
      from.unacknowledged.push(frame.settings);
      if (from.unacknowledged.length <= this.#maxPendingSettings) return;
      from.unacknowledged.length = 0;
      forgetSettings(other, this.#table);
      this.#fail(from, 0, "too_many_settings_pending");
      return;
    }
    const settings = other.unacknowledged.shift();
    const fault = settings === undefined ? "unexpected_ack" : applySettings(from, settings, this.#table);
    if (fault !== undefined) this.#fail(from, 0, fault);
  }

  #rstStream(from: Direction, { streamId, errorCode }: RstStreamFrame): void {
    const stream = this.#table.tracked.get(streamId);
    if (stream === undefined) this.#expectUsed(from, streamId);
    else this.#setState(from, stream, { state: "closed", because: "reset", errorCode });
  }

  /** Streams above the one named have not been and will not be processed (RFC 9113 section 6.8). */
  #goaway(from: Direction, { lastStreamId, errorCode }: GoawayFrame): void {
    if (lastStreamId === MAX_31_BITS) return;
    for (const stream of this.#table.tracked.values()) {
      if (stream.id <= lastStreamId || initiatorOf(stream.id) === from.side) continue;
      this.#setState(from, stream, { state: "closed", because: "goaway", errorCode });
    }
  }

  #malformed(from: Direction, frame: MalformedFrame): Windows | undefined {
    const { typeCode, streamId, flags, error } = frame;
    this.#events.push({ type: "error", from: from.side, streamId: Math.max(streamId, 0), error });
    if (typeCode === FRAME_TYPE.DATA && streamId > 0) return this.#data(from, frame);
    if (
      typeCode !== FRAME_TYPE.HEADERS &&
      typeCode !== FRAME_TYPE.PUSH_PROMISE &&
      typeCode !== FRAME_TYPE.CONTINUATION
    ) {
      return undefined;
    }
    from.assembly.abandon();
    from.hpack.forget();
    if (typeCode === FRAME_TYPE.HEADERS && streamId > 0) {
      const endStream = (flags & FLAG.END_STREAM) !== 0;
      const lost = { streamId, promisedStreamId: undefined, endStream, frames: 1, encoded: undefined };
      this.#enter(from, lost, this.#fromStart);
    }
    return undefined;
  }

  /** A frame that must not come before its stream was opened (RFC 9113 section 5.1). */
  #expectUsed(from: Direction, streamId: number): void {
    if (this.#fromStart && this.#table.isIdle(streamId)) this.#fail(from, streamId, "stream_idle");
  }

  #setState(from: Direction, stream: TrackedStream, change: StateChange): void {
    this.#table.setState(stream, change.state);
    this.#events.push({
      type: "stream",
      from: from.side,
      streamId: stream.id,
      state: change.state,
      because: change.because,
      errorCode: change.errorCode,
      sentBytes: { ...stream.sentBytes },
    });
  }

  #fail(from: Direction, streamId: number, code: Http2ErrorCode): void {
    this.#events.push({ type: "error", from: from.side, streamId, error: http2Error(code, this.#offset) });
  }
}

type StateChange = Pick<StreamEvent, "state" | "because"> & { readonly errorCode?: number };
