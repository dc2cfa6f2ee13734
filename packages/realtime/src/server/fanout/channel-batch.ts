import type { EventEncoder } from "./event-encoder.ts";
import type { FanoutEvent } from "./fanout-event.ts";

/** Events of one channel that are sent together. Each encoding is made once, for however many subscribers. */
export interface ChannelBatch {
  /** In order, at least one. */
  readonly events: readonly FanoutEvent[];
  /** The newest. */
  readonly last: FanoutEvent;
  /** All of them as one piece. */
  encoded(encoder: EventEncoder): Buffer;
}

/** Groups events by channel, for the channels that somebody listens to. */
export function batchByChannel(
  events: readonly FanoutEvent[],
  isWanted: (channel: string) => boolean,
): Map<string, ChannelBatch> {
  const byChannel = new Map<string, FanoutEvent[]>();
  for (const event of events) {
    for (const channel of event.channels) {
      const batch = byChannel.get(channel);
      if (batch !== undefined) {
        batch.push(event);
      } else if (isWanted(channel)) {
        byChannel.set(channel, [event]);
      }
    }
  }
  return new Map([...byChannel].map(([channel, batch]) => [channel, channelBatch(channel, batch)]));
}

function channelBatch(channel: string, events: FanoutEvent[]): ChannelBatch {
  const encodings = new Map<string, Buffer>();
  return {
    events,
    last: events[events.length - 1] as FanoutEvent,
    encoded(encoder) {
      let bytes = encodings.get(encoder.name);
      if (bytes === undefined) {
        bytes = Buffer.concat(events.map((event) => encoder.encode(channel, event)));
        encodings.set(encoder.name, bytes);
      }
      return bytes;
    },
  };
}
