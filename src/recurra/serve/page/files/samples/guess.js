// A game: which samples are real? People see for themselves how good a generator is.
import { useEffect, useState } from "../vendored/hooks.js";
import { html, classes } from "../html.js";
import { number, percent, t } from "../language/language.js";
import { Failure } from "../places/failure.js";
import { ClipItem } from "./clips.js";
import { LineItem } from "./lines.js";
import { make, realOf } from "./requests.js";
import { SeriesItem } from "./series.js";

const ITEMS = 8; // of a round at most; a coin says of each whether it is made or real
const FIELDS = { "series-gan": "series", "text-gan": "lines", "clip-gan": "clips" };

export function Guess({ model, body }) {
  const [round, setRound] = useState(0);
  const [items, setItems] = useState(null);
  const [guesses, setGuesses] = useState({});
  const [isRevealed, setIsRevealed] = useState(false);
  const [total, setTotal] = useState({ right: 0, count: 0 });
  const [failure, setFailure] = useState(null);
  useEffect(() => {
    const controller = new AbortController();
    setItems(null);
    setGuesses({});
    setIsRevealed(false);
    draw(model, body, controller.signal).then(setItems, (error) => error.name !== "AbortError" && setFailure(error));
    return () => controller.abort();
  }, [model.id, round]);
  if (failure) return html`<${Failure} failure=${failure} />`;
  if (!items) return html`<p class="quiet" role="status">${t("samples.making")}</p>`;
  const reveal = () => {
    const right = items.filter(({ origin }, i) => guesses[i] === origin).length;
    setTotal({ right: total.right + right, count: total.count + items.length });
    setIsRevealed(true);
  };
  const isDone = items.every((_, i) => guesses[i]);
  return html`
    <section aria-labelledby="guess-title">
      <h2 id="guess-title">${t("guess.title")}</h2>
      <p class="hint">${t("guess.hint")}</p>
      <ol class=${`guess-items ${model.job}`}>
        ${items.map((item, i) => html`<${Item} key=${i} item=${item} number=${i + 1} guess=${guesses[i]} isRevealed=${isRevealed}
          choose=${(origin) => setGuesses({ ...guesses, [i]: origin })} />`)}
      </ol>
      <p role="status" class="guess-score">${isRevealed ? scoreOf(items, guesses, total) : ""}</p>
      <div class="buttons">
        ${isRevealed
          ? html`<button type="button" class="primary" onClick=${() => setRound(round + 1)}>${t("guess.again")}</button>`
          : html`<button type="button" class="primary" disabled=${!isDone} onClick=${reveal}>${t("guess.reveal")}</button>`}
      </div>
    </section>
  `;
}

/** Samples in an order that chance has made; of few real ones a round is as small, so that the coins stay fair. */
async function draw(model, body, signal) {
  const field = FIELDS[model.job];
  const real = await realOf(model, ITEMS, Math.floor(Math.random() * 2 ** 31), signal);
  const count = real[field].length;
  const wish = body.temperature === undefined ? { count } : { count, temperature: body.temperature };
  const made = await make(model, wish, signal);
  const all = [...made[field], ...real[field]];
  const items = [];
  for (let i = 0; i < count; i += 1) {
    const origin = Math.random() < 0.5 ? "made" : "real";
    items.push({ origin, sample: { made, real }[origin][field][i], columns: made.columns, all, field });
  }
  return items;
}

function Item({ item, number: position, guess, isRevealed, choose }) {
  const label = t("guess.item", { number: position });
  const isRight = guess === item.origin;
  return html`
    <li class=${classes("card", isRevealed && (isRight ? "right" : "wrong-guess"))}>
      <fieldset>
        <legend>${label}</legend>
        <${Sample} item=${item} label=${label} />
        <div class="guess-choices">
          ${["made", "real"].map((origin) => html`
            <label key=${origin}>
              <input type="radio" name=${`guess-${position}`} checked=${guess === origin} disabled=${isRevealed}
                onChange=${() => choose(origin)} /> ${t(`guess.${origin}`)}
            </label>
          `)}
        </div>
        ${isRevealed && html`<p class="guess-answer"><strong>${isRight ? "✓" : "✗"}</strong> ${t(`guess.was.${item.origin}`)}</p>`}
      </fieldset>
    </li>
  `;
}

function Sample({ item, label }) {
  if (item.field === "lines") return html`<p><${LineItem} line=${item.sample} /></p>`;
  if (item.field === "clips") return html`<${ClipItem} clip=${item.sample} label=${label} />`;
  return html`<${SeriesItem} columns=${item.columns} series=${item.sample} all=${item.all} label=${label} />`;
}

function scoreOf(items, guesses, total) {
  const right = items.filter(({ origin }, i) => guesses[i] === origin).length;
  const chance = percent(tail(total.right, total.count));
  return `${t("guess.score", { right, count: items.length })} ${t("guess.total", { right: number(total.right), count: number(total.count), chance })}`;
}

/** The probability of being right so often or more when a coin guesses. */
export function tail(right, count) {
  let [term, sum] = [0.5 ** count, 0];
  for (let k = 0; k <= count; k += 1) {
    if (k >= right) sum += term;
    term *= (count - k) / (k + 1);
  }
  return Math.min(1, sum);
}
