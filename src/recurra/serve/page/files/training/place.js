// The place that shows how a run was trained, live while the training goes on.
import { useState } from "../vendored/hooks.js";
import { LineChart } from "../figures/line_chart.js";
import { html } from "../html.js";
import { number, t } from "../language/language.js";
import { Failure } from "../places/failure.js";
import { useHistory } from "./history.js";

const WIDE = 20; // times its smallest value that a panel's largest must be for a logarithmic axis to be useful

export function Training({ model }) {
  const { history, failure, again } = useHistory(model);
  const [isLog, setIsLog] = useState({}); // by title, where a person has chosen
  return html`
    <div class="training">
      ${failure && html`<${Failure} failure=${failure} retry=${again} />`}
      <p class="status" role="status">${history ? statusOf(history) : failure ? "" : t("training.loading")}</p>
      ${history && html`
        <${Progress} history=${history} />
        ${history.troubles.map(({ code, message }) => html`<${Trouble} key=${code} code=${code} message=${message} />`)}
        ${history.steps.length === 0 && html`<p class="quiet">${t("training.empty")}</p>`}
        ${history.panels.map((panel, i) => html`
          <${Panel} key=${panel.title} panel=${panel} history=${history} isFirst=${i === 0}
            isLog=${isLog[panel.title]} choose=${(value) => setIsLog({ ...isLog, [panel.title]: value })} />`)}
      `}
    </div>
  `;
}

function Progress({ history: { step, total_steps: total, is_over: isOver, is_interrupted: isInterrupted } }) {
  if (isOver || isInterrupted || !total) return null;
  return html`<progress class="training-progress" aria-label=${t("training.progress")} value=${step} max=${total}></progress>`;
}

function Trouble({ code, message }) {
  return html`
    <div class="failure" role="note">
      <p>${t(`training.trouble.${code}`)} <span lang="en" class="training-said">${message}</span></p>
    </div>
  `;
}

function Panel({ panel, history, isFirst, isLog, choose }) {
  const curves = Object.entries(panel.curves).map(([key, name]) => ({ name: nameOf(name), values: history.series[key] }));
  const values = curves.flatMap((curve) => curve.values).filter((value) => value !== null);
  const mayBeLog = values.length > 0 && Math.min(...values) > 0;
  const isLogarithmic = mayBeLog && (isLog ?? Math.max(...values) > WIDE * Math.min(...values));
  const best = history.best_step;
  const mark = best !== null && history.steps.includes(best) ? { place: best, text: t("training.best") } : null;
  return html`
    <section class="card" aria-label=${titleOf(panel.title)}>
      <div class="training-head">
        <h2>${titleOf(panel.title)}</h2>
        ${mayBeLog && html`
          <label class="training-log">
            <input type="checkbox" checked=${isLogarithmic} onChange=${(event) => choose(event.currentTarget.checked)} />
            ${t("training.log")}
          </label>`}
      </div>
      <${LineChart} title=${titleOf(panel.title)} curves=${curves} places=${history.steps} placeName=${t("training.step")}
        isLog=${isLogarithmic} mark=${mark} height=${isFirst ? 260 : 150} />
    </section>
  `;
}

/** A name from the training in the language of the page, where it has one. */
function nameOf(name) {
  const words = t(`training.name.${name}`);
  return words.startsWith("training.name.") ? name : words;
}

/** What an axis measures; its unit stays as it is. */
function titleOf(title) {
  const [name, ...unit] = title.split(", ");
  return [nameOf(name), ...unit].join(", ");
}

function statusOf({ step, total_steps: total, is_over: isOver, is_interrupted: isInterrupted, best_step: best, epochs, seconds }) {
  const parts = [];
  const place = { step: step ?? 0, total: total ?? "?" };
  if (!isOver) parts.push(isInterrupted ? t("training.interrupted", place) : t("training.going", place));
  else if (epochs.length) parts.push(t("training.over", { steps: step, epochs: epochs.at(-1) }));
  if (isOver && seconds.length && seconds.at(-1) !== null) parts.push(t("training.took", { time: durationOf(seconds.at(-1)) }));
  if (best !== null) parts.push(t("training.kept", { step: best }));
  return parts.join(" ");
}

function durationOf(seconds) {
  if (seconds < 120) return t("training.seconds", { count: number(seconds, seconds < 10 ? 1 : 0) });
  return seconds < 7200 ? t("training.minutes", { count: Math.round(seconds / 60) }) : t("training.hours", { count: number(seconds / 3600, 1) });
}
