// A bar as long as a share of the whole; the number stands beside it, so that it is hidden from screen readers.
import { html } from "../html.js";

export function Bar({ share, kind = "" }) {
  const width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return html`<span class=${`bar ${kind}`} aria-hidden="true"><span class="bar-filled" style=${{ width }}></span></span>`;
}
