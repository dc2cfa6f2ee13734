/** A file that can't be read as a capture. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
  /** Bytes from the start of the file to the fault. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} (byte ${offset})`);
    this.offset = offset;
  }
}
