import { enhancedPacket, interfaceDescription, sectionHeader } from "./blocks.ts";
import { type Conversation, createConversation } from "./conversation.ts";
import { type PcapngInterface, type PcapngOptions, resolvePcapngOptions } from "./options.ts";

const NS_PER_MS = 1_000_000;

/**
 * Writes what taps saw as a pcapng file (draft-ietf-opsawg-pcapng), block by block, packets in the order of time.
 *
 * The bytes are those of the wire, secrets included. Wireshark needs no keys for them: taps see plaintext.
 */
export function* writePcapng(interfaces: readonly PcapngInterface[], options?: PcapngOptions): Generator<Uint8Array> {
  const { timeOriginMs, application } = resolvePcapngOptions(options);
  yield sectionHeader(application);
  for (const { name } of interfaces) yield interfaceDescription(name);
  const conversations = interfaces.map(() => new Map<number, Conversation>());
  const all = interfaces
    .flatMap(({ records }, index) => records.map((record) => ({ index, ...record })))
    .sort((a, b) => a.raw.atMs - b.raw.atMs);
  for (const { index, raw, ends } of all) {
    const known = conversations[index]?.get(raw.connection);
    const conversation = known ?? createConversation(ends);
    conversations[index]?.set(raw.connection, conversation);
    const timeNs = BigInt(Math.round((timeOriginMs + raw.atMs) * 1000)) * BigInt(NS_PER_MS / 1000);
    for (const packet of conversation.packets(raw)) yield enhancedPacket(index, timeNs, packet);
  }
}
