import { type Html, html } from "./html.ts";

/** A rectangle on a strip, on the axis of its `total`. */
export interface Bar {
  readonly from: number;
  readonly to: number;
  /** A class of the page's style. */
  readonly kind: string;
  /** Where it stands in the strip's height, 0 to 1. Default: all of it. */
  readonly top?: number;
  readonly bottom?: number;
  /** What a pointer is told. */
  readonly tip?: string;
}

/** Units of the drawing: it is stretched to the width that there is. */
const WIDTH = 1000;
const HEIGHT = 20;

/** A horizontal strip of bars as SVG, as wide as its place; `label` says it in words. */
export function strip(
  bars: readonly Bar[],
  { total, label }: { readonly total: number; readonly label: string },
): Html {
  return html`<svg class="strip" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}">${bars.map((bar) => rectangle(bar, total || 1))}</svg>`;
}

/** What is so short that it would not be seen is drawn this wide. */
const LEAST_WIDTH = 5;

function rectangle({ from, to, kind, top = 0, bottom = 1, tip }: Bar, total: number): Html {
  const x = Math.min((from / total) * WIDTH, WIDTH - LEAST_WIDTH);
  const width = Math.max(LEAST_WIDTH, ((to - from) / total) * WIDTH);
  const title = tip === undefined ? "" : html`<title>${tip}</title>`;
  return html`<rect class="${kind}" x="${round(x)}" y="${round(top * HEIGHT)}" width="${round(width)}" height="${round((bottom - top) * HEIGHT)}">${title}</rect>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
