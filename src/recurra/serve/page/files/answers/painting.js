// A series of many features as a picture that is painted: a row a step, a column a feature.
import { useRef, useState } from "../vendored/hooks.js";
import { html } from "../html.js";
import { t } from "../language/language.js";
import { shownNumber } from "./form.js";
import { rounded, shareOf } from "./scale.js";

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** Args: series (T, I); ranges of the features; change: called with another series. */
export function Painting({ series, ranges, change }) {
  const [cell, setCell] = useState([0, 0]);
  const pen = useRef(null); // whether ink (1) or the ground (0) is painted, while the pointer is down
  const grid = useRef(null);
  const other = ([step, feature]) => (shareOf(series[step][feature], ranges[feature]) > 0.5 ? 0 : 1);
  const paint = ([step, feature], ink) => {
    const value = rounded(ranges[feature][ink], ranges[feature]);
    if (series[step][feature] === value) return;
    change(series.map((row, number) => (number === step ? row.map((each, column) => (column === feature ? value : each)) : row)));
  };
  const cellOf = (event) => document.elementFromPoint(event.clientX, event.clientY)?.dataset?.cell?.split(",").map(Number);
  const start = (event) => {
    const at = cellOf(event);
    if (!at) return;
    event.preventDefault();
    pen.current = other(at);
    event.target.releasePointerCapture?.(event.pointerId);
    draw(event);
  };
  const draw = (event) => {
    const at = pen.current !== null && event.buttons && cellOf(event);
    if (!at) return;
    setCell(at);
    paint(at, pen.current);
  };
  const press = (event) => {
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      return paint(cell, other(cell));
    }
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const next = [clamp(cell[0] + move[0], series.length), clamp(cell[1] + move[1], series[0].length)];
    grid.current.querySelector(`[data-cell="${next}"]`).focus();
  };
  const focus = (event) => event.target.dataset.cell && setCell(event.target.dataset.cell.split(",").map(Number));
  return html`
    <div class="painting" role="grid" aria-label=${t("series.painting")} ref=${grid} onFocusIn=${focus} onPointerDown=${start} onPointerMove=${draw}
      onPointerUp=${() => (pen.current = null)} onKeyDown=${press}
      style=${{ aspectRatio: `${series[0].length} / ${series.length}` }}>
      ${series.map((row, step) => html`
        <div role="row" key=${step}>
          ${row.map((value, feature) => html`<${Cell} key=${feature} step=${step} feature=${feature} value=${value} range=${ranges[feature]}
            isCurrent=${cell[0] === step && cell[1] === feature} />`)}
        </div>
      `)}
    </div>
  `;
}

function Cell({ step, feature, value, range, isCurrent }) {
  const said = t("series.cell", { step: step + 1, feature: feature + 1, value: value === null ? "–" : shownNumber(value) });
  return html`<div role="gridcell" tabindex=${isCurrent ? 0 : -1} data-cell=${[step, feature]} aria-label=${said}
    style=${{ "--share": shareOf(value, range) }}></div>`;
}

const clamp = (number, count) => Math.max(0, Math.min(count - 1, number));
