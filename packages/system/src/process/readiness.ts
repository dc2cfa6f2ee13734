import { setTimeout as delay } from "node:timers/promises";
import type { ProcessExit, SupervisedProcess } from "./supervised-process.ts";

/** Answers true when ready; false or a throw means not yet, and the message of the throw says why. */
export type ReadyCheck = () => Promise<boolean>;

/** Bounds of the wait. */
export interface ReadyOptions {
  /** Default {@link DEFAULT_READY_TIMEOUT_MS}. */
  readonly timeoutMs?: number | undefined;
  /** Gives up with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How long a process may take to become ready when nobody says otherwise. */
export const DEFAULT_READY_TIMEOUT_MS = 30_000;

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 100;

/**
 * Asks `check` again and again until it says yes. Rejects, with the newest log lines in the message, when the process
 * ends first or the time is over; rejects with the reason of `signal` when that comes first.
 */
export async function waitUntilReady(
  target: SupervisedProcess,
  check: ReadyCheck,
  options: ReadyOptions = {},
): Promise<void> {
  const { timeoutMs = DEFAULT_READY_TIMEOUT_MS, signal } = options;
  const over = new AbortController();
  const stop = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
  const timer = setTimeout(() => over.abort(), timeoutMs);
  let last = "no answer yet";
  try {
    const end = await Promise.race([
      target.exited,
      pollUntil(check, stop, (reason) => {
        last = reason;
      }),
    ]);
    if (end !== undefined) throw new Error(describeExit(target, end));
    signal?.throwIfAborted();
    if (over.signal.aborted) {
      throw new Error(`${target.name} is not ready after ${timeoutMs} ms: ${last}${describeLog(target)}`);
    }
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

/** A check that a URL answers 2xx within a second. */
export function urlCheck(url: string): ReadyCheck {
  return async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(1_000), redirect: "manual" });
    const body = await response.text();
    if (!response.ok) throw new Error(`${url} answers ${response.status}: ${body.slice(0, 200)}`);
    return true;
  };
}

/** One message for a process that ended although nobody asked it to, with the log lines that tell why. */
export function describeExit(target: SupervisedProcess, end: ProcessExit): string {
  const how = end.signal === null ? `with code ${end.code}` : `by ${end.signal}`;
  return `${target.name} ended ${how}${describeLog(target)}`;
}

function describeLog(target: SupervisedProcess): string {
  const lines = target.lastLines().slice(-20);
  if (lines.length === 0) return "; it logged nothing";
  return `; its last log lines:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

async function pollUntil(check: ReadyCheck, stop: AbortSignal, onReason: (reason: string) => void): Promise<undefined> {
  let pauseMs = FIRST_PAUSE_MS;
  while (!stop.aborted) {
    try {
      if (await check()) return undefined;
    } catch (error) {
      onReason(reasonOf(error));
    }
    await delay(pauseMs, undefined, { signal: stop }).catch(() => {});
    pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
  }
  return undefined;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // fetch hides why it failed in the cause.
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
