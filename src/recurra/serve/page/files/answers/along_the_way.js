// How an answer came about: what would have been answered if the sequence had ended sooner.
import { html } from "../html.js";
import { number, percent, t } from "../language/language.js";
import { colorOfClass } from "../figures/class_bars.js";
import { CurvesAlong } from "../figures/curves_along.js";
import { shownNumber } from "./form.js";

const DRAWN = 8; // classes at most
const NAMED = 3;
const MARKED = 40; // characters of the symbols that are named under the curves, at most

/**
 * Args: form; answer: with "beginnings", or one at every step; symbols: of a text; stepSeconds: of a sound, how long a step
 * lasts; place: the step that is looked at, from 0; move: called with another.
 */
export function AlongTheWay({ form, answer, symbols, stepSeconds, place, move }) {
  const beginnings = beginningsOf(form, answer);
  if (beginnings.length < 2) return null;
  const steps = beginnings.map((each) => each.steps);
  const at = place === null ? steps.length - 1 : nearestBefore(steps, place + 1);
  const curves = form.labels.length ? curvesOfClasses(form, beginnings) : curvesOfNumbers(beginnings);
  const range = form.labels.length ? [0, 1] : rangeOf(curves);
  const name = (step) => nameOf(step, symbols, stepSeconds);
  const said = saidOf(form, beginnings[at], name);
  const heights = form.labels.length ? ["0 %", "100 %"] : range.map(shownNumber);
  return html`
    <section class="card" aria-labelledby="along-title">
      <h2 id="along-title">${form.isPerStep ? t("along.title.steps") : t("along.title")}</h2>
      <${CurvesAlong} curves=${curves} places=${steps} range=${range} span=${[steps[0], steps.at(-1)]} at=${at}
        move=${(position) => move(steps[position] - 1)} label=${t("along.label")} said=${said}
        marks=${marksOf(steps, symbols, stepSeconds)} heights=${heights} />
      <p class="hint along-said">${said}</p>
      ${!form.isPerStep && html`<p class="hint">${t("along.hint")}</p>`}
    </section>
  `;
}

function beginningsOf(form, answer) {
  if (!form.isPerStep) return answer.beginnings ?? [];
  return answer.answer.map((each, step) => ({ steps: step + 1, answer: each, probabilities: answer.probabilities?.[step] }));
}

function curvesOfClasses({ labels }, beginnings) {
  const curves = labels.map((name, position) => ({
    name, kind: colorOfClass(position), values: beginnings.map(({ probabilities }) => probabilities[name]),
  }));
  if (curves.length <= DRAWN) return curves;
  return curves.sort((a, b) => Math.max(...b.values) - Math.max(...a.values)).slice(0, DRAWN);
}

function curvesOfNumbers(beginnings) {
  const rows = beginnings.map(({ answer }) => [answer].flat());
  return rows[0].map((_, position) => ({ name: position, kind: colorOfClass(position), values: rows.map((row) => row[position]) }));
}

function rangeOf(curves) {
  const values = curves.flatMap((curve) => curve.values);
  return [Math.min(...values), Math.max(...values)];
}

function nearestBefore(steps, step) {
  return Math.max(0, steps.findLastIndex((each) => each <= step));
}

/** How a step, from 1, is called. */
function nameOf(step, symbols, stepSeconds) {
  if (stepSeconds) return t("along.after.seconds", { seconds: number(step * stepSeconds, 2) });
  const symbol = symbols?.[step - 1];
  return symbol ? t("along.after.symbol", { symbol, step }) : t("along.after", { step });
}

function saidOf(form, { steps, answer, probabilities }, name) {
  const where = name(steps);
  if (!form.labels.length) return `${where} ${[answer].flat().map(shownNumber).join(", ")}`;
  const likeliest = [...form.labels].sort((a, b) => probabilities[b] - probabilities[a]).slice(0, NAMED);
  return `${where} ${likeliest.map((label) => `${label} ${percent(probabilities[label])}`).join(", ")}`;
}

/** Symbols of a short text; of a longer one the numbers of first and last step, or their times. */
function marksOf(steps, symbols, stepSeconds) {
  if (symbols && symbols.join(" ").length <= MARKED) return steps.map((step) => ({ at: step, text: symbols[step - 1] }));
  return [steps[0], steps.at(-1)].map((step) => ({ at: step, text: stepSeconds ? t("clips.seconds", { seconds: number(step * stepSeconds, 2) }) : String(step) }));
}
