/**
 * Checks one numeric limit of an options object.
 *
 * @throws RangeError when the value is not a whole number between `min` and `max`; the message names the option.
 */
export function wholeNumber(
  name: string,
  value: number,
  range: { readonly min: number; readonly max: number },
): number {
  if (Number.isInteger(value) && value >= range.min && value <= range.max) return value;
  throw new RangeError(`${name} must be a whole number from ${range.min} to ${range.max}, got ${value}`);
}
