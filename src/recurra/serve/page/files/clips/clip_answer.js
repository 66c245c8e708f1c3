// The answer to a clip, what is thought at the frame that is shown, and when it was known.
import { html } from "../html.js";
import { number, t } from "../language/language.js";
import { ClassBars } from "../figures/class_bars.js";
import { Answer } from "../answers/answer.js";
import { chosenOf } from "../answers/form.js";
import { frameAt } from "./frames.js";

export function ClipAnswer({ form, answer, time }) {
  const { frames, knew_at: knew } = answer;
  const step = frames && frameAt(frames, time);
  const isMidway = frames && time !== null && step < frames.length - 1;
  return html`
    <${Answer} form=${form} answer=${answer} place=${form.isPerStep && frames ? step : null} />
    ${knew && html`<p class="card">${t("clips.knew", { seconds: number(knew.time, 2), frame: knew.frame + 1 })}</p>`}
    ${isMidway && !form.isPerStep && html`<${Midway} form=${form} frame=${frames[step]} />`}
  `;
}

function Midway({ form, frame: { time, probabilities } }) {
  return html`
    <section class="card" aria-labelledby="midway-title">
      <h2 id="midway-title">${t("clips.midway", { seconds: number(time, 2) })}</h2>
      <${ClassBars} labels=${form.labels} probabilities=${probabilities} holding=${chosenOf(form, probabilities)} title=${t("answers.classes")} />
    </section>
  `;
}
