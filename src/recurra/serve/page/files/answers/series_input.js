// Where a series comes from: it is drawn or painted, pasted as numbers, or a file is chosen or dropped.
import { useState } from "../vendored/hooks.js";
import { html, classes } from "../html.js";
import { t } from "../language/language.js";
import { colorOfClass } from "../figures/class_bars.js";
import { Drawing } from "./drawing.js";
import { Painting } from "./painting.js";
import { rounded } from "./scale.js";
import { parseSeries, writeSeries } from "./table.js";

const PAINTED = 8; // features from which on a series is a picture
const MOST_CELLS = 1_024; // of a picture; what has more is drawn
const MOST_STEPS = 5_000; // of a drawing
const STEPS = 24; // of a new one

/** Whether a series (T, I) is shown as a picture. */
export function isPicture({ features }, series) {
  return features >= PAINTED && series.length * features <= MOST_CELLS;
}

/** Args: scale: see scaleOf; change: called with another series (T, I), or null where there is none. */
export function SeriesInput({ scale, change }) {
  const fresh = (steps) => emptySeries(steps, scale, scale.features >= PAINTED);
  const [drawn, setDrawn] = useState(fresh(scale.features >= PAINTED ? Math.min(scale.features, STEPS) : STEPS));
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState(null);
  const [feature, setFeature] = useState(0);
  const show = (series) => {
    setDrawn(series);
    setText(writeSeries(series));
    setWrong(null);
    change(series);
  };
  const read = (content) => {
    setText(content);
    setWrong(null);
    if (!content.trim()) return change(null);
    try {
      const series = parseSeries(content, scale.features);
      setDrawn(series);
      change(series);
    } catch (error) {
      setWrong(error);
      change(null);
    }
  };
  const resize = (steps) => show(Array.from({ length: steps }, (_, step) => drawn[step] ?? [...drawn.at(-1)]));
  const isPainted = isPicture(scale, drawn);
  const fits = drawn.length <= MOST_STEPS;
  return html`
    <section class="card" aria-labelledby="series-title">
      <h2 id="series-title">${isPainted ? t("series.title.painting") : t("series.title.drawing")}</h2>
      <p class="hint">${isPainted ? t("series.hint.painting", { features: scale.features }) : t("series.hint.drawing")}</p>
      ${scale.features > 1 && !isPainted && html`<${Features} count=${scale.features} chosen=${feature} choose=${setFeature} />`}
      ${!fits && html`<p class="quiet">${t("series.long", { steps: drawn.length })}</p>`}
      ${fits && !isPainted && html`<${Drawing} series=${drawn} ranges=${scale.ranges} feature=${feature} change=${show} />`}
      ${fits && isPainted && html`<${Painting} series=${drawn} ranges=${scale.ranges} change=${show} />`}
      <div class="buttons">
        ${scale.example.length > 0 && html`<button type="button" onClick=${() => show(scale.example)}>${t("series.example")}</button>`}
        <button type="button" onClick=${() => (setDrawn(fresh(drawn.length)), read(""))}>${t("series.clear")}</button>
        <label class="steps">${t("series.steps")} <input type="number" min="1" max=${MOST_STEPS} value=${drawn.length}
          onChange=${(event) => resize(Math.max(1, Math.min(MOST_STEPS, Math.round(event.target.value) || 1)))} /></label>
      </div>
    </section>
    <${Numbers} text=${text} wrong=${wrong} features=${scale.features} read=${read} />
  `;
}

function Features({ count, chosen, choose }) {
  return html`
    <div class="chips" role="group" aria-label=${t("series.feature")}>
      ${Array.from({ length: count }, (_, number) => html`
        <button type="button" key=${number} class="chip" aria-pressed=${number === chosen ? "true" : "false"} onClick=${() => choose(number)}>
          <span class=${`dot ${colorOfClass(number)}`} aria-hidden="true"></span> ${number + 1}
        </button>
      `)}
    </div>
  `;
}

function Numbers({ text, wrong, features, read }) {
  const [isOver, setIsOver] = useState(false);
  const open = async (file) => file && read(await file.text());
  const drop = (event) => {
    event.preventDefault();
    setIsOver(false);
    open(event.dataTransfer.files[0]);
  };
  return html`
    <div class=${classes("numbers", isOver && "drop")} onDragOver=${(event) => (event.preventDefault(), setIsOver(true))}
      onDragLeave=${() => setIsOver(false)} onDrop=${drop}>
      <label class="field-label" for="series-numbers">${t("series.numbers")}</label>
      <textarea id="series-numbers" rows="5" spellcheck="false" value=${text} placeholder=${t("series.numbers.none", { features })}
        aria-invalid=${wrong ? "true" : undefined} aria-describedby="series-wrong" onInput=${(event) => read(event.target.value)}></textarea>
      <p id="series-wrong" class=${wrong ? "wrong" : "hint"} role="status">
        ${wrong ? t(wrong.key, { line: wrong.line, features }) : t("series.numbers.hint")}
      </p>
      <label class="file-button"><input class="sr-only" type="file" accept=".csv,.tsv,.txt,.json" onChange=${(event) => (open(event.target.files[0]), (event.target.value = ""))} /><span>${t("series.file")}</span></label>
    </div>
  `;
}

/** Steps that show nothing yet: a curve in the middle, or the ground of a picture. */
function emptySeries(steps, { ranges }, isPainted) {
  const step = ranges.map((range) => rounded(isPainted ? range[0] : (range[0] + range[1]) / 2, range));
  return Array.from({ length: steps }, () => [...step]);
}
