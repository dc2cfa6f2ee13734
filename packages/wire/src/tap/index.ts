export type {
  CallAnswered,
  CallCancelled,
  CallEnded,
  CallError,
  CallEvent,
  CallMessage,
  CallStarted,
  CallStyle,
} from "./call-events.ts";
export { type ConnectionView, type ConnectionViewOptions, createConnectionView } from "./connection-view.ts";
export { describeTapEvent } from "./describe.ts";
export type { Described, DescribedBytes, DescribedField, DescribedMessage, DescribedTapEvent } from "./described.ts";
export type { ConnectionEvent, LayerEvent, TapEvent } from "./events.ts";
export { type DecodeTrafficOptions, decodeTraffic } from "./observer.ts";
export type { DecodeOptions, TapOptions } from "./options.ts";
export { readTap } from "./read-tap.ts";
export type { BySide, TappedCall, TappedConnection, TappedStatement, TapReading } from "./reading.ts";
export type { TapRecord } from "./ring.ts";
export { eventsOf, framesOf, type OfLayer, type OfType, type TappedFrame } from "./select.ts";
export type { TapProtocol } from "./sniff.ts";
export { createTap, type Tap } from "./tap.ts";
