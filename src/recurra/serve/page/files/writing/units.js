// The hidden units: their values after one symbol as a field of cells, and one unit's way along the text.
import { useEffect, useMemo, useRef } from "../vendored/hooks.js";
import { html } from "../html.js";
import { number, t } from "../language/language.js";
import { colorOf } from "../theme.js";

const CELL = 12; // pixels, with the gap

/** states: of the text. at: the symbol they are shown after. unit: the chosen one, or null. choose(unit). */
export function Units({ states, at, unit, choose }) {
  const lively = useMemo(() => states.liveliest(6), [states, states.length]);
  if (!states.units) return html`<p class="quiet">${t("units.none")}</p>`;
  const says = unit === null ? t("units.nobody") : valueText(states, unit, at);
  return html`
    <${Field} states=${states} at=${at} unit=${unit} says=${says} choose=${choose} />
    <div class="unit-bar">
      <p class="unit-says">${says}</p>
      <div class="chips" role="group" aria-label=${t("units.liveliest")}>
        <span class="quiet">${t("units.liveliest")}</span>
        ${lively.map(
          (one) => html`
            <button type="button" class="chip" key=${one} aria-pressed=${one === unit ? "true" : "false"}
              onClick=${() => choose(one === unit ? null : one)}>${one + 1}</button>
          `,
        )}
        ${unit !== null && html`<button type="button" class="chip" onClick=${() => choose(null)}>${t("units.clear")}</button>`}
      </div>
    </div>
    ${unit !== null && html`<${UnitCurve} states=${states} unit=${unit} at=${at} />`}
  `;
}

/** All units after one symbol, a cell each; a click or the arrow keys choose one. */
function Field({ states, at, unit, says, choose }) {
  const canvas = useRef(null);
  useEffect(() => {
    const draw = () => drawField(canvas.current, states, at, unit);
    draw();
    const watch = new ResizeObserver(draw);
    if (canvas.current) watch.observe(canvas.current.parentElement);
    addEventListener("theme", draw);
    return () => (watch.disconnect(), removeEventListener("theme", draw));
  }, [states, states.length, at, unit]);
  return html`
    <div class="field" role="slider" tabindex="0" aria-label=${t("units.choose")} aria-valuemin="0"
      aria-valuemax=${states.units} aria-valuenow=${unit === null ? 0 : unit + 1} aria-valuetext=${says}
      onKeyDown=${(event) => press(event, canvas.current, states, unit, choose)}
      onClick=${(event) => choose(unitUnder(event, canvas.current, states))}>
      <canvas ref=${canvas}></canvas>
    </div>
  `;
}

function valueText(states, unit, at) {
  const value = states.value(unit, at);
  if (value === null) return t("units.unit", { unit: unit + 1 });
  return t("units.value", { unit: unit + 1, value: number(value, 2) });
}

function press(event, canvas, states, unit, choose) {
  const columns = Number(canvas.dataset.columns);
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
  if (event.key === "Escape") choose(null);
  else if (event.key === "Home") choose(0);
  else if (event.key === "End") choose(states.units - 1);
  else if (event.key in steps) choose(unit === null ? 0 : Math.max(0, Math.min(states.units - 1, unit + steps[event.key])));
  else return;
  event.preventDefault();
}

function unitUnder(event, canvas, states) {
  const box = canvas.getBoundingClientRect();
  const column = Math.floor((event.clientX - box.left) / CELL);
  const row = Math.floor((event.clientY - box.top) / CELL);
  const columns = Number(canvas.dataset.columns);
  return Math.max(0, Math.min(states.units - 1, row * columns + Math.min(column, columns - 1)));
}

function drawField(canvas, states, at, unit) {
  const width = canvas?.parentElement?.clientWidth;
  if (!states.units || !width) return; // nothing to show yet, or nowhere any more
  const columns = Math.max(1, Math.min(states.units, Math.floor(width / CELL)));
  const rows = Math.ceil(states.units / columns);
  canvas.dataset.columns = columns;
  const pen = sized(canvas, columns * CELL, rows * CELL);
  const colors = palette();
  for (let i = 0; i < states.units; i += 1) {
    const [x, y] = [(i % columns) * CELL, Math.floor(i / columns) * CELL];
    pen.fillStyle = colors(states.share(i, at));
    pen.fillRect(x, y, CELL - 2, CELL - 2);
    if (i === unit) {
      pen.strokeStyle = `rgb(${colorOf("--ink")})`;
      pen.lineWidth = 2;
      pen.strokeRect(x - 0.5, y - 0.5, CELL - 1, CELL - 1);
    }
  }
}

/** Of a share from -1 to 1 its color: from one hue through the color of the ground to another. */
function palette() {
  const [minus, zero, plus] = ["--minus", "--zero", "--plus"].map(colorOf);
  return (share) => {
    const end = share < 0 ? minus : plus;
    const size = Math.min(1, Math.abs(share ?? 0));
    return `rgb(${zero.map((value, i) => Math.round(value + (end[i] - value) * size))})`;
  };
}

/** Make a canvas so large, in pixels of the style, and give its pen. */
function sized(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  return pen;
}

const [CURVE_WIDTH, CURVE_HEIGHT, CURVE_MOST] = [600, 56, 600];

/** A unit's values along the last symbols of the text, with a line where the shown symbol is. */
function UnitCurve({ states, unit, at }) {
  const first = Math.max(0, states.length - CURVE_MOST);
  const span = Math.max(1, states.length - 1 - first);
  const x = (i) => (((i - first) / span) * CURVE_WIDTH).toFixed(1);
  const y = (share) => ((1 - share) * (CURVE_HEIGHT / 2 - 3) + 3).toFixed(1);
  const points = [];
  for (let i = first; i < states.length; i += 1) points.push(`${x(i)},${y(states.share(unit, i) ?? 0)}`);
  return html`
    <svg class="unit-curve" viewBox=${`0 0 ${CURVE_WIDTH} ${CURVE_HEIGHT}`} preserveAspectRatio="none" role="img"
      aria-label=${t("units.curve", { unit: unit + 1 })}>
      <line class="axis" x1="0" x2=${CURVE_WIDTH} y1=${CURVE_HEIGHT / 2} y2=${CURVE_HEIGHT / 2} />
      <polyline points=${points.join(" ")} />
      ${at >= first && at < states.length && html`<line class="here" x1=${x(at)} x2=${x(at)} y1="0" y2=${CURVE_HEIGHT} />`}
    </svg>
  `;
}
