/** The priority of a request (RFC 9218 section 4). */
export interface Priority {
  /** 0, the most urgent, to 7. Default 3. */
  readonly urgency: number;
  /** Whether parts of the response are of use before the rest. Default false. */
  readonly incremental: boolean;
}

/** What holds without a signal (RFC 9218 section 4). */
export const DEFAULT_PRIORITY: Priority = { urgency: 3, incremental: false };

/** Longest value looked at; real ones have a dozen characters. */
const MAX_VALUE_CHARS = 256;

/**
 * Reads the value of a `priority` field or a PRIORITY_UPDATE frame: a dictionary of RFC 8941 with the keys `u` and `i`.
 * What it cannot use it ignores, as RFC 9218 section 4 demands, so that every text has a meaning.
 */
export function parsePriority(value: string): Priority {
  let { urgency, incremental } = DEFAULT_PRIORITY;
  if (value.length > MAX_VALUE_CHARS) return DEFAULT_PRIORITY;
  for (const member of value.split(",")) {
    // Parameters of a member have no meaning here.
    const [item = ""] = member.trim().split(";");
    const [key, text] = item.split("=", 2);
    if (key === "u" && text !== undefined && /^[0-7]$/.test(text)) urgency = Number(text);
    if (key === "i" && (text === undefined || text === "?1" || text === "?0")) incremental = text !== "?0";
  }
  return { urgency, incremental };
}

/** Writes a priority as a field value; what equals the default is left out. */
export function formatPriority({ urgency, incremental }: Priority): string {
  const members = urgency === DEFAULT_PRIORITY.urgency ? [] : [`u=${urgency}`];
  if (incremental) members.push("i");
  return members.join(", ");
}
