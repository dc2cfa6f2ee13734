/**
 * Puts the clock of this process ahead: whoever asks for the time of day gets it wrong by so much, libraries too. Timers
 * and `performance.now()` go on as before, as they do where a real clock is wrong. For development only.
 *
 * @param skewMs how far ahead, in milliseconds
 * @returns disposing sets the clock right again
 */
export function skewClock(skewMs: number): Disposable {
  const RightDate = globalThis.Date;
  const now = (): number => RightDate.now() + skewMs;
  // A proxy and no subclass: values of either clock are dates.
  globalThis.Date = new Proxy(RightDate, {
    get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
    construct: (target, given) => Reflect.construct(target, given.length === 0 ? [now()] : given),
    apply: () => new RightDate(now()).toString(),
  });
  return {
    [Symbol.dispose]: () => {
      globalThis.Date = RightDate;
    },
  };
}
