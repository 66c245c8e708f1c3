// One curve on a few square centimetres, to stand beside others of the same scales.
import { html } from "../html.js";
import { pathOf } from "./curves_along.js";

/**
 * Args: values, a number (or null) for each of `places`; places: where these stand, ascending; range: [lowest, highest]
 * of the values; span: [first, last] of the places; isSteps: whether a value holds until the next; kind: of the curve's
 * color; label: what is to be seen.
 */
export function SmallChart({ values, places, range, span, isSteps, kind, label }) {
  const x = (place) => (span[1] > span[0] ? ((place - span[0]) / (span[1] - span[0])) * 100 : 50);
  const y = (value) => 95 - ((value - range[0]) / (range[1] - range[0] || 1)) * 90;
  const path = isSteps ? stairsOf(values, places, x, y) : pathOf(values, places, x, y);
  return html`
    <svg class="small-chart" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label=${label}>
      <path class=${kind} d=${path} />
    </svg>
  `;
}

/** A line that keeps its height until the next value. */
function stairsOf(values, places, x, y) {
  let isDrawn = false;
  const parts = values.map((value, number) => {
    if (value === null) return void (isDrawn = false);
    const here = x(places[number]).toFixed(2);
    const path = isDrawn ? `H${here}V${y(value).toFixed(2)}` : `M${here} ${y(value).toFixed(2)}`;
    isDrawn = true;
    return path;
  });
  return `${parts.filter(Boolean).join("")}h0.5`;
}
