// Curves that are drawn with the pointer, a finger or the keys: a value at every step.
import { useRef, useState } from "../vendored/hooks.js";
import { html } from "../html.js";
import { t } from "../language/language.js";
import { colorOfClass } from "../figures/class_bars.js";
import { shownNumber } from "./form.js";
import { rounded } from "./scale.js";

const KEY_STEPS = 50; // presses from the bottom to the top

/** Args: series (T, I); ranges of the features; feature: which one is drawn; change: called with another series. */
export function Drawing({ series, ranges, feature, change }) {
  const [step, setStep] = useState(0);
  const last = useRef(null); // where the pointer was
  const steps = series.length;
  const range = ranges[feature];
  const at = Math.min(step, steps - 1);
  const value = series[at][feature];
  const set = (points) => {
    const drawn = series.map((row) => [...row]);
    for (const [place, height] of points) drawn[place][feature] = rounded(height, range);
    change(drawn);
  };
  const draw = (event) => {
    const point = pointOf(event, steps, range);
    set(line(last.current ?? point, point));
    last.current = point;
    setStep(point[0]);
  };
  const press = (event) => {
    const [along, up] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
    if (!along && !up) return;
    event.preventDefault();
    if (along) return setStep(Math.max(0, Math.min(steps - 1, at + along)));
    const height = (value ?? (range[0] + range[1]) / 2) + (up * (range[1] - range[0])) / KEY_STEPS;
    set([[at, Math.max(range[0], Math.min(range[1], height))]]);
  };
  const start = (event) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    last.current = null;
    draw(event);
  };
  return html`
    <div class="drawing" role="slider" tabindex="0" aria-label=${t("series.drawing")} aria-orientation="vertical"
      aria-valuemin=${range[0]} aria-valuemax=${range[1]} aria-valuenow=${value ?? range[0]}
      aria-valuetext=${t("series.step", { step: at + 1, value: value === null ? "–" : shownNumber(value) })}
      onKeyDown=${press} onPointerDown=${start} onPointerMove=${(event) => event.buttons && draw(event)}>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        <line class="along-axis" x1="0" x2="100" y1="50" y2="50" />
        ${ranges.map((each, number) => html`<path key=${number} d=${pathOf(series, number, each)}
          class=${`along-curve ${colorOfClass(number)} ${number === feature ? "drawn" : "other"}`} />`)}
        <line class="along-cursor" x1=${center(at, steps)} x2=${center(at, steps)} y1="0" y2="100" />
      </svg>
      <span class="drawing-high" aria-hidden="true">${shownNumber(range[1])}</span>
      <span class="drawing-low" aria-hidden="true">${shownNumber(range[0])}</span>
    </div>
  `;
}

const center = (step, steps) => ((step + 0.5) / steps) * 100;

function pathOf(series, feature, [low, high]) {
  let isDrawn = false;
  return series
    .map((row, step) => {
      const value = row[feature];
      const command = isDrawn ? "L" : "M";
      isDrawn = value !== null;
      return isDrawn ? `${command}${center(step, series.length).toFixed(2)} ${(98 - ((value - low) / (high - low || 1)) * 96).toFixed(2)}` : "";
    })
    .join("");
}

/** Which step and which value a pointer is at. */
function pointOf(event, steps, [low, high]) {
  const box = event.currentTarget.getBoundingClientRect();
  const along = (event.clientX - box.left) / box.width;
  const up = (0.98 - (event.clientY - box.top) / box.height) / 0.96;
  return [Math.max(0, Math.min(steps - 1, Math.floor(along * steps))), low + Math.max(0, Math.min(1, up)) * (high - low)];
}

/** The points at every step from one to another. */
function line([from, low], [to, high]) {
  const count = Math.abs(to - from);
  const step = (number) => [from + Math.sign(to - from) * number, low + (high - low) * (count ? number / count : 1)];
  return Array.from({ length: count + 1 }, (_, number) => step(number));
}
