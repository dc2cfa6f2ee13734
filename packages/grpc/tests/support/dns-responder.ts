import { createSocket } from "node:dgram";
import { once } from "node:events";
import { decode, encode } from "dns-packet";

/** A DNS server for one name. */
export interface DnsResponder extends AsyncDisposable {
  /** `host:port` for `dns://host:port/name`. */
  readonly address: string;
  /** How often the addresses of the name were asked for. */
  readonly asked: number;
  /** What it answers from now on: IPv4 addresses. */
  answer(addresses: readonly string[]): void;
}

/** Answers questions for A records of any name with the same addresses, other questions with none. */
export async function startDnsResponder(addresses: readonly string[]): Promise<DnsResponder> {
  let current = addresses;
  let asked = 0;
  const socket = createSocket("udp4", (bytes, { address, port }) => {
    const { id, questions = [] } = decode(bytes);
    const [question] = questions;
    if (question?.type === "A") asked += 1;
    const answers =
      question?.type === "A" ? current.map((data) => ({ ...question, ttl: 0, data, class: "IN" as const })) : [];
    socket.send(encode({ type: "response", id, questions, answers: answers as never }), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    get asked() {
      return asked;
    },
    answer(next) {
      current = next;
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}
