import { type Html, html } from "./html.ts";
import { STYLE } from "./style.ts";

/** A part of a page. */
export interface Section {
  readonly title: string;
  /** How to read it, in a line. */
  readonly note: string;
  readonly content: Html;
}

/** What a page says. */
export interface Page {
  readonly title: string;
  readonly lead: Html;
  readonly sections: readonly Section[];
}

/** A whole document that needs nothing but itself. */
export function renderPage({ title, lead, sections }: Page): string {
  const cards = sections.map(
    (section) =>
      html`<section class="card"><h2>${section.title}</h2><p class="note">${section.note}</p>${section.content}</section>`,
  );
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><title>${title}</title><style>${{ html: STYLE }}</style></head>
<body><svg class="defs" aria-hidden="true"><defs><pattern id="late" width="12" height="20" patternUnits="userSpaceOnUse"><rect class="stripes" width="8" height="20"/></pattern></defs></svg>
<main><h1>${title}</h1><div class="lead">${lead}</div>
${cards}</main></body></html>
`.html;
}
