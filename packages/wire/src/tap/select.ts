import type { TapEvent } from "./events.ts";

/** An event as a tap has it, or described. */
interface AnyEvent {
  readonly layer: string;
  readonly event: { readonly type: string };
}

/** An event of one layer. */
export type OfLayer<E extends AnyEvent, Layer extends E["layer"]> = Extract<E, { readonly layer: Layer }>;

/** An event of one layer and type. */
export type OfType<
  E extends AnyEvent,
  Layer extends E["layer"],
  Type extends OfLayer<E, Layer>["event"]["type"],
> = OfLayer<E, Layer> & { readonly event: Extract<OfLayer<E, Layer>["event"], { readonly type: Type }> };

/** The events of one layer, or of one type in it: `eventsOf(tap.events(), "call", "message")`. Described ones too. */
export function eventsOf<E extends AnyEvent, Layer extends E["layer"]>(
  events: readonly E[],
  layer: Layer,
): OfLayer<E, Layer>[];
export function eventsOf<E extends AnyEvent, Layer extends E["layer"], Type extends OfLayer<E, Layer>["event"]["type"]>(
  events: readonly E[],
  layer: Layer,
  type: Type,
): OfType<E, Layer, Type>[];
export function eventsOf<E extends AnyEvent>(events: readonly E[], layer: string, type?: string): E[] {
  return events.filter((seen) => seen.layer === layer && (type === undefined || seen.event.type === type));
}

type FrameEvent = OfType<TapEvent, "http2", "frame">;
type FrameName = FrameEvent["event"]["frame"]["type"];

/** A frame of HTTP/2 and where and when it passed. */
export type TappedFrame<Name extends FrameName = FrameName> = Omit<FrameEvent["event"], "frame" | "type"> &
  Pick<TapEvent, "atMs" | "connection" | "seq"> & {
    readonly frame: Extract<FrameEvent["event"]["frame"], { readonly type: Name }>;
  };

/** The frames of HTTP/2, or those of one type: `framesOf(tap.events(), "WINDOW_UPDATE")`. */
export function framesOf<Name extends FrameName = FrameName>(
  events: readonly TapEvent[],
  name?: Name,
): TappedFrame<Name>[] {
  return eventsOf(events, "http2", "frame").flatMap(({ event, atMs, connection, seq }) => {
    const { from, frame, windows } = event;
    return name === undefined || frame.type === name
      ? [{ from, frame, windows, atMs, connection, seq } as TappedFrame<Name>]
      : [];
  });
}
