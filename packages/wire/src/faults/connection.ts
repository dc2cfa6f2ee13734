import type { Side } from "../core/side.ts";
import type { Direction, Interposer, Link } from "../proxy/index.ts";
import { createSniffer } from "../tap/sniff.ts";
import type { Striker } from "./active-fault.ts";
import { createBrake } from "./brake.ts";
import { createEditor } from "./create-editor.ts";
import type { Editor, Output } from "./editor.ts";
import type { CutFault, CutReplyFault } from "./fault.ts";
import { Lane } from "./lane.ts";

const DIRECTIONS = ["up", "down"] as const;
const SIDE: Readonly<Record<Direction, Side>> = { up: "client", down: "server" };

/** What a connection is told. */
export interface FaultyConnectionOptions {
  /** Bytes held back per direction at which its sender is no longer read. */
  readonly maxHeldBytes: number;
  onClose(): void;
}

/** One connection with the faults that are set on it: first those that know its protocol, then those of bytes. */
export class FaultyConnection implements Interposer {
  readonly #link: Link;
  readonly #maxHeldBytes: number;
  readonly #onClose: () => void;
  readonly #lanes: Readonly<Record<Direction, Lane>>;
  readonly #strikers = new Set<Striker>();
  readonly #timers = new Map<Direction | Striker, NodeJS.Timeout>();
  readonly #paused = { up: false, down: false };
  readonly #sniffer = createSniffer();
  /** What came before the protocol was known; `undefined` once it is. */
  #early: { readonly from: Side; readonly chunk: Uint8Array }[] | undefined = [];
  #editor: Editor | undefined;
  /** Bytes that went on before the protocol was known, and that the editor still has as the beginning of a unit. */
  readonly #gone = { client: 0, server: 0 };
  #silencer: Striker | undefined;
  #isClosed = false;

  constructor(link: Link, { maxHeldBytes, onClose }: FaultyConnectionOptions) {
    this.#link = link;
    this.#maxHeldBytes = maxHeldBytes;
    this.#onClose = onClose;
    this.#lanes = { up: this.#lane("up"), down: this.#lane("down") };
  }

  get silent(): boolean {
    return this.#silencer !== undefined;
  }

  push(direction: Direction, bytes: Uint8Array): void {
    if (this.#silencer !== undefined) {
      const { connection } = this.#link;
      this.#silencer.note({ connection, direction, stream: null, what: "dropped", bytes: bytes.length });
      return;
    }
    if (this.#early !== undefined) this.#sniff(SIDE[direction], bytes);
    if (this.#editor === undefined) this.#lanes[direction].push(bytes);
    else this.#deliver(this.#editor.push(SIDE[direction], bytes));
    this.#settle();
  }

  end(direction: Direction): void {
    if (this.#silencer !== undefined) return;
    this.#deliver(this.#editor?.end(SIDE[direction]) ?? []);
    this.#lanes[direction].end();
    this.#settle();
  }

  drained(direction: Direction): void {
    this.#lanes[direction].drained();
    this.#settle();
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#strikers.clear();
    this.#onClose();
  }

  /** Sets a fault on this connection. */
  add(striker: Striker): void {
    const { fault } = striker;
    if (fault.connection !== undefined && fault.connection !== this.#link.connection) return;
    this.#strikers.add(striker);
    if (fault.kind === "half-open" && striker.strike()) this.#silencer = striker;
    if ((fault.kind === "cut" || fault.kind === "reset") && fault.afterMs !== undefined) {
      this.#after(striker, fault.afterMs, () => striker.strike() && this.#cut(striker as Striker<CutFault>));
    }
    for (const direction of DIRECTIONS) {
      if (!takes(striker, direction)) continue;
      const lane = this.#lanes[direction];
      const place = { connection: this.#link.connection, direction, start: lane.passedBytes };
      const brake = createBrake(striker, { ...place, cut: (struck) => this.#cut(struck) });
      if (brake !== undefined) lane.add(brake);
    }
    this.#deliver(this.#editor?.add(striker) ?? []);
    this.#settle();
  }

  /** Lifts a fault from this connection. */
  remove(striker: Striker): void {
    if (!this.#strikers.delete(striker)) return;
    clearTimeout(this.#timers.get(striker));
    this.#timers.delete(striker);
    // What was lost in between can't be made good: the sides are told that the connection is no more.
    if (striker === this.#silencer) this.#link.cut("reset");
    this.#deliver(this.#editor?.remove(striker) ?? []);
    for (const direction of DIRECTIONS) this.#lanes[direction].remove(striker);
    this.#settle();
  }

  #lane(direction: Direction): Lane {
    return new Lane({
      maxHeldBytes: this.#maxHeldBytes,
      now: () => performance.now(),
      write: (bytes) => this.#isClosed || this.#link.write(direction, bytes),
      end: () => this.#link.end(direction),
      wake: (ms) => {
        if (ms !== undefined) this.#after(direction, ms, () => this.#pump(direction));
        else clearTimeout(this.#timers.get(direction));
      },
    });
  }

  #pump(direction: Direction): void {
    this.#lanes[direction].pump();
    this.#settle();
  }

  #deliver(outputs: readonly Output[]): void {
    for (const output of outputs) {
      if ("cut" in output) {
        this.#cut(output.cut);
        return;
      }
      const { from, bytes } = output;
      const gone = Math.min(this.#gone[from], bytes.length);
      this.#gone[from] -= gone;
      if (bytes.length > gone) this.#lanes[from === "client" ? "up" : "down"].push(bytes.subarray(gone));
    }
  }

  #sniff(from: Side, chunk: Uint8Array): void {
    const protocol = this.#sniffer.push(from, chunk);
    if (protocol === undefined) {
      this.#early?.push({ from, chunk });
      return;
    }
    const { connection } = this.#link;
    this.#editor = createEditor(protocol, { connection, maxHeldBytes: this.#maxHeldBytes });
    for (const early of this.#early ?? []) this.#follow(early);
    for (const striker of this.#strikers) this.#deliver(this.#editor?.add(striker) ?? []);
    this.#early = undefined;
  }

  /** Shows the editor what has gone on already. */
  #follow({ from, chunk }: { readonly from: Side; readonly chunk: Uint8Array }): void {
    this.#gone[from] += chunk.length;
    for (const output of this.#editor?.push(from, chunk) ?? []) {
      if ("bytes" in output) this.#gone[from] -= output.bytes.length;
    }
  }

  /** Reads each side as long as what it sends can go on or be held. */
  #settle(): void {
    if (this.#isClosed) return;
    for (const direction of DIRECTIONS) {
      const isFull = (this.#editor?.heldBytes(SIDE[direction]) ?? 0) >= this.#maxHeldBytes;
      const pause = this.#silencer === undefined && (isFull || !this.#lanes[direction].isOpen);
      if (pause === this.#paused[direction]) continue;
      this.#paused[direction] = pause;
      if (pause) this.#link.pause(direction);
      else this.#link.resume(direction);
    }
  }

  #cut(striker: Striker<CutFault | CutReplyFault>): void {
    const { fault } = striker;
    const { connection } = this.#link;
    const direction = fault.kind !== "cut-reply" && fault.direction === "up" ? "up" : "down";
    const how = fault.kind === "cut-reply" ? (fault.how ?? "reset") : fault.kind === "reset" ? "reset" : "close";
    striker.note({ connection, direction, stream: null, what: "cut", bytes: 0 });
    this.#link.cut(how);
  }

  #after(key: Direction | Striker, ms: number, run: () => void): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.set(key, setTimeout(run, ms));
  }
}

/** Whether a fault of bytes works in this direction. */
function takes({ fault }: Striker, direction: Direction): boolean {
  const { direction: wanted = "down" } = "direction" in fault ? fault : {};
  return wanted === "both" || wanted === direction;
}
