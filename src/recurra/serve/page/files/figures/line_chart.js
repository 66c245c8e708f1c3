// Several curves over one axis with ticks; pointer and arrow keys read it, and a table has the same numbers.
import { useState } from "../vendored/hooks.js";
import { html } from "../html.js";
import { t } from "../language/language.js";
import { pathOf } from "./curves_along.js";
import { logTicksOf, shortNumber, ticksOf } from "./ticks.js";

const WIDTH = 640;
const EDGE = { left: 58, right: 12, top: 16, bottom: 26 };
const KEYS = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };
const KINDS = 6;

/** The name of a curve's color and dashes. */
const kindOf = (number) => `line-${number % KINDS}`;

/**
 * Args: title: what the curves measure; curves: {name, values}, a number (or null) for each of `places`; places: where
 * these stand, ascending; placeName: what they are; isLog: whether the axis of values is logarithmic, for which all must
 * be positive; mark: {place, text} of a place that counts; height: in units of which the width has 640.
 */
export function LineChart({ title, curves, places, placeName, isLog, mark, height = 260 }) {
  const [at, setAt] = useState(null); // number of the place that is read; null the last
  const last = places.length - 1;
  const here = Math.min(at ?? last, last);
  const scale = scaleOf(curves, places, isLog, height);
  const said = `${placeName} ${places[here]}: ${curves.map(({ name, values }) => `${name} ${shortNumber(values[here])}`).join(", ")}`;
  const point = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    setAt(nearest(places.map(scale.x), ((event.clientX - box.left) / box.width) * WIDTH));
  };
  const press = (event) => {
    const step = KEYS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(last, here + step)));
  };
  return html`
    <figure class="line-chart">
      <figcaption class="line-legend">
        ${curves.map(({ name, values }, i) => html`
          <span key=${name} class="line-name">
            <svg class="line-swatch" viewBox="0 0 24 8" aria-hidden="true"><path class=${kindOf(i)} d="M1 4H23" /></svg>
            ${name} <output class="line-value">${shortNumber(values[here])}</output>
          </span>`)}
        <span class="line-place">${placeName} ${places[here]}</span>
      </figcaption>
      <div class="line-plot" role="slider" tabindex="0" aria-label=${title} aria-valuemin="0" aria-valuemax=${last}
        aria-valuenow=${here} aria-valuetext=${said} onKeyDown=${press} onPointerDown=${point} onPointerMove=${point}>
        <svg viewBox=${`0 0 ${WIDTH} ${height}`} aria-hidden="true">
          <${Axes} scale=${scale} height=${height} />
          ${mark && html`<${Mark} mark=${mark} scale=${scale} height=${height} />`}
          ${curves.map(({ name, values }, i) => html`<path key=${name} class=${`line-curve ${kindOf(i)}`} d=${pathOf(drawable(values, isLog), places, scale.x, scale.y)} />`)}
          <line class="line-cursor" x1=${scale.x(places[here])} x2=${scale.x(places[here])} y1=${EDGE.top} y2=${height - EDGE.bottom} />
          ${curves.map(({ name, values }, i) => html`<${Dots} key=${name} values=${drawable(values, isLog)} places=${places} here=${here} scale=${scale} kind=${kindOf(i)} />`)}
        </svg>
      </div>
      <${Numbers} title=${title} curves=${curves} places=${places} placeName=${placeName} />
    </figure>
  `;
}

function Axes({ scale, height }) {
  const bottom = height - EDGE.bottom;
  return html`
    ${scale.yTicks.map((tick) => html`
      <g key=${`y${tick}`}>
        <line class="line-grid" x1=${EDGE.left} x2=${WIDTH - EDGE.right} y1=${scale.y(tick)} y2=${scale.y(tick)} />
        <text class="line-tick" x=${EDGE.left - 7} y=${scale.y(tick) + 4} text-anchor="end">${shortNumber(tick)}</text>
      </g>`)}
    ${scale.xTicks.map((tick) => html`<text key=${`x${tick}`} class="line-tick" x=${scale.x(tick)} y=${bottom + 18} text-anchor="middle">${shortNumber(tick)}</text>`)}
    <line class="line-axis" x1=${EDGE.left} x2=${WIDTH - EDGE.right} y1=${bottom} y2=${bottom} />
  `;
}

function Mark({ mark, scale, height }) {
  const x = scale.x(mark.place);
  const isLate = x > WIDTH / 2;
  return html`
    <line class="line-mark" x1=${x} x2=${x} y1=${EDGE.top} y2=${height - EDGE.bottom} />
    <text class="line-mark-text" x=${x + (isLate ? -5 : 5)} y=${EDGE.top - 2} text-anchor=${isLate ? "end" : "start"}>${mark.text}</text>
  `;
}

function Numbers({ title, curves, places, placeName }) {
  const [isOpen, setIsOpen] = useState(false);
  return html`
    <details onToggle=${(event) => setIsOpen(event.currentTarget.open)}>
      <summary>${t("chart.table")}</summary>
      ${isOpen && html`
        <div class="scroller line-table" tabindex="0" role="region" aria-label=${t("chart.table.of", { title })}>
          <table>
            <thead><tr><th scope="col">${placeName}</th>${curves.map(({ name }) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
            <tbody>
              ${places.map((place, i) => html`<tr key=${place}><th scope="row">${place}</th>${curves.map(({ name, values }) => html`<td key=${name}>${shortNumber(values[i])}</td>`)}</tr>`)}
            </tbody>
          </table>
        </div>`}
    </details>
  `;
}

/** Where places and values stand in the drawing, and the ticks of both axes. */
function scaleOf(curves, places, isLog, height) {
  const values = curves.flatMap((curve) => drawable(curve.values, isLog)).filter((value) => value !== null);
  const range = widened(values.length ? [Math.min(...values), Math.max(...values)] : [isLog ? 1 : 0, isLog ? 10 : 1], isLog);
  const span = places.length > 1 ? [places[0], places.at(-1)] : [places[0] - 1, places[0] + 1];
  const form = isLog ? Math.log10 : (value) => value;
  const [low, high] = range.map(form);
  return {
    x: (place) => EDGE.left + ((place - span[0]) / (span[1] - span[0])) * (WIDTH - EDGE.left - EDGE.right),
    y: (value) => height - EDGE.bottom - ((form(value) - low) / (high - low)) * (height - EDGE.top - EDGE.bottom),
    xTicks: ticksOf(span, 6).filter(Number.isInteger),
    yTicks: isLog ? logTicksOf(range) : ticksOf(range, height > 200 ? 5 : 4),
  };
}

/** A range with a little room at both ends. */
function widened([low, high], isLog) {
  if (isLog) return [low / 1.15, high * 1.15];
  const room = (high - low) * 0.05 || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

/** The dots of a curve: where it is read, and values that no line can lead to. */
function Dots({ values, places, here, scale, kind }) {
  const isAlone = (i) => (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null;
  return values.map((value, i) =>
    value !== null && (i === here || isAlone(i)) && html`<circle key=${places[i]} class=${`line-dot ${kind}`} r="3.5" cx=${scale.x(places[i])} cy=${scale.y(value)} />`);
}

/** Values that have a place: on a logarithmic axis only positive ones. */
function drawable(values, isLog) {
  return values.map((value) => (value === null || (isLog && value <= 0) ? null : value));
}

function nearest(positions, position) {
  return positions.reduce((best, each, i) => (Math.abs(each - position) < Math.abs(positions[best] - position) ? i : best), 0);
}
