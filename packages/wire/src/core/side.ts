/** The two ends of a connection. `from` always means: who sent the bytes. */
export type Side = "client" | "server";

/** The side that is not this one. */
export function otherSide(side: Side): Side {
  return side === "client" ? "server" : "client";
}
