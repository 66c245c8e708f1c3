// Curves along a text, a series or a clip, with a cursor that pointer and arrow keys move.
import { html } from "../html.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };

/**
 * Args: curves: {name, kind, values}, a value (or null) for each of `places`; places: where these stand, ascending;
 * range: [lowest, highest] of the values; span: [first, last] of the places; at: the number of the place that the cursor
 * is at; move: called with another; label: what this is; said: the values at the cursor in words; marks: [{at, text}]
 * under the curves; heights: the texts of lowest and highest.
 */
export function CurvesAlong({ curves, places, range, span, at, move, label, said, marks = [], heights }) {
  const x = (place) => (span[1] > span[0] ? ((place - span[0]) / (span[1] - span[0])) * 100 : 50);
  const y = (value) => 100 - ((value - range[0]) / (range[1] - range[0] || 1)) * 100;
  const last = places.length - 1;
  const point = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    move(nearest(places, span[0] + ((event.clientX - box.left) / box.width) * (span[1] - span[0])));
  };
  const press = (event) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    move(Math.max(0, Math.min(last, at + step)));
  };
  return html`
    <div class="along">
      <div class="along-heights" aria-hidden="true"><span>${heights[1]}</span><span>${heights[0]}</span></div>
      <div class="along-plot" role="slider" tabindex="0" aria-label=${label} aria-valuemin="0" aria-valuemax=${last}
        aria-valuenow=${at} aria-valuetext=${said} onKeyDown=${press} onPointerDown=${point}
        onPointerMove=${(event) => (event.pointerType === "mouse" && !event.buttons ? null : point(event))}>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          <line class="along-axis" x1="0" x2="100" y1="50" y2="50" />
          ${curves.map(({ name, kind, values }) => html`<path key=${name} class=${`along-curve ${kind}`} d=${pathOf(values, places, x, y)} />`)}
          <line class="along-cursor" x1=${x(places[at])} x2=${x(places[at])} y1="0" y2="100" />
        </svg>
      </div>
      <div class="along-marks" aria-hidden="true">
        ${marks.map(({ at: place, text }) => html`<span style=${{ left: `${x(place)}%` }}>${text}</span>`)}
      </div>
    </div>
  `;
}

/** Lines between values that are there; a value alone is a dash. */
export function pathOf(values, places, x, y) {
  let isDrawn = false;
  const parts = values.map((value, number) => {
    const command = value === null ? "" : `${isDrawn ? "L" : "M"}${x(places[number]).toFixed(2)} ${y(value).toFixed(2)}`;
    isDrawn = value !== null;
    return command;
  });
  return `${parts.join("")}${values.length === 1 ? "h0.5" : ""}`;
}

function nearest(places, place) {
  return places.reduce((best, each, number) => (Math.abs(each - place) < Math.abs(places[best] - place) ? number : best), 0);
}
