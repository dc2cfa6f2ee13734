/** How often push nodes ping while the scenarios play: a client that answers none is found within a second. */
export const HEARTBEAT_MS = 400;
