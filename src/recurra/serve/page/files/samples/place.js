// The place where a generator makes series, lines or clips, beside real ones.
import { useEffect, useState } from "../vendored/hooks.js";
import { html } from "../html.js";
import { t } from "../language/language.js";
import { Failure } from "../places/failure.js";
import { Beside } from "./beside.js";
import { Form, wishOf } from "./form.js";
import { Guess } from "./guess.js";
import { Report } from "./report.js";
import { aboutOf, bodyOf, make, realOf } from "./requests.js";

const MOST_REAL = 64;

export function Samples({ model }) {
  const [about, setAbout] = useState(null);
  const [wish, setWish] = useState(wishOf(model.job));
  const [shown, setShown] = useState({ body: null, made: null, real: null });
  const [failure, setFailure] = useState(null);
  const [order, setOrder] = useState(null); // what is being made
  const [isGuessing, setIsGuessing] = useState(false);
  useEffect(() => {
    const controller = new AbortController();
    const load = async () => {
      const found = await aboutOf(model, controller.signal);
      setAbout(found);
      setOrder(bodyOf(wish, found));
    };
    load().catch((error) => error.name !== "AbortError" && setFailure(error));
    return () => controller.abort();
  }, [model.id]);
  useEffect(() => {
    if (!order) return undefined;
    const controller = new AbortController();
    const work = async () => {
      const made = await make(model, order, controller.signal);
      setShown({ body: { ...order, seed: made.seed }, made, real: null });
      setFailure(null);
      const real = await realOf(model, Math.min(MOST_REAL, order.count), made.seed, controller.signal);
      setShown((before) => ({ ...before, real }));
      setOrder(null);
    };
    work().catch((error) => error.name !== "AbortError" && (setFailure(error), setOrder(null)));
    return () => controller.abort();
  }, [order]);
  const submit = () => (setIsGuessing(false), setOrder(bodyOf(wish, about)));
  const hasReal = shown.real && !shown.real.missing;
  return html`
    <div class="samples">
      ${about && html`<${Form} about=${about} wish=${wish} change=${setWish} isBusy=${order !== null} submit=${submit} />`}
      ${failure && html`<${Failure} failure=${failure} />`}
      <p class="status" role="status">${statusOf(order, shown)}</p>
      ${shown.made && html`
        <div class="chips samples-views" role="group" aria-label=${t("samples.views")}>
          <${View} name="beside" isChosen=${!isGuessing} choose=${() => setIsGuessing(false)} />
          ${hasReal && html`<${View} name="guess" isChosen=${isGuessing} choose=${() => setIsGuessing(true)} />`}
        </div>
        ${isGuessing && hasReal
          ? html`<${Guess} model=${model} body=${shown.body} />`
          : html`<${Beside} model=${model} body=${shown.body} made=${shown.made} real=${shown.real} />`}
      `}
      ${about && html`<${Report} report=${about.report} name=${model.id} />`}
    </div>
  `;
}

function View({ name, isChosen, choose }) {
  return html`<button type="button" class="chip" aria-pressed=${isChosen ? "true" : "false"} onClick=${choose}>${t(`samples.view.${name}`)}</button>`;
}

function statusOf(order, { made }) {
  if (order) return t("samples.making");
  return made ? t("samples.made", { seed: String(made.seed) }) : "";
}
