// The place that explains a run: what to measure, how far it is, and the report.
import { useState } from "../vendored/hooks.js";
import { html } from "../html.js";
import { t } from "../language/language.js";
import { Failure } from "../places/failure.js";
import { useExplanation } from "./explaining.js";
import { Form, PARTS } from "./form.js";
import { Report } from "./report.js";

const REFUSALS = ["unnamed", "gone", "not_shown", "private"]; // which trying again does not change

export function Explanation({ model }) {
  const [chosen, choose] = useState(PARTS);
  const { progress, explanation, failure, begin, cancel } = useExplanation(model);
  const parts = PARTS.filter((part) => chosen.includes(part));
  return html`
    <div class="explanation">
      <${Form} chosen=${chosen} choose=${choose} isBusy=${progress !== null} begin=${() => begin(parts)} cancel=${cancel} />
      <p class="status" role="status">${progress ? wordsOf(progress, parts) : explanation ? t("explanation.done") : ""}</p>
      ${progress && html`
        <progress class="explanation-progress" aria-label=${t("explanation.progress")} max=${parts.length} value=${doneOf(progress, parts)}></progress>`}
      ${failure && html`<${Refusal} failure=${failure} retry=${() => begin(parts)} />`}
      ${explanation && html`<${Report} explanation=${explanation} />`}
    </div>
  `;
}

function Refusal({ failure, retry }) {
  if (!REFUSALS.includes(failure.code)) return html`<${Failure} failure=${failure} retry=${retry} />`;
  return html`<div class="failure" role="alert"><p>${t(`explanation.refused.${failure.code}`)}</p></div>`;
}

/** How many parts are done; undefined before the first is begun. */
function doneOf({ state, part }, parts) {
  if (state === "writing") return parts.length;
  return state === "measuring" ? parts.indexOf(part) : undefined;
}

function wordsOf({ state, part }, parts) {
  if (state !== "measuring") return t(`explanation.state.${state}`);
  const number = parts.indexOf(part) + 1;
  return t("explanation.state.measuring", { part: t(`explanation.part.${part}`), number, count: parts.length });
}
