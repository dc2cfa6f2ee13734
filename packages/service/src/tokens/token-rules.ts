/** Who a development token may be for: safe in channel names, paths and logs as it stands. */
export const CUSTOMER_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** What else it may allow: what a packing station and a push node need; no scope of another service. */
export const CUSTOMER_SCOPES = ["orders:fulfil", "events:read"] as const;
