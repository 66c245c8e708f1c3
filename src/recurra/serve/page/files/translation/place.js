// The place where a translator translates while one writes, shows where it looked, and goes on from any word.
import { useState } from "../vendored/hooks.js";
import { useAsked } from "../asked.js";
import { html } from "../html.js";
import { percent, t } from "../language/language.js";
import { Failure } from "../places/failure.js";
import { Attention, attentionOf, needsSymbols } from "./attention.js";
import { Beam } from "./beam.js";
import { forcedCount } from "./symbols.js";
import { Written } from "./written.js";

const WIDEST = 12; // hypotheses that one may ask for here
const SHOWN = 5; // translations
const ALTERNATIVES = 8;
const NOWHERE = { row: -1, column: -1 };
const texts = new Map(); // by run: a text stays while one looks at other parts of the page

export function Translation({ model }) {
  const { options } = model.signature;
  const [text, setText] = useState(texts.get(model.id) ?? "");
  const [prefixes, setPrefixes] = useState([]); // those that were gone on from, the last one holds
  const [beamSize, setBeamSize] = useState(Math.min(WIDEST, options.beam_size.default));
  const [bySymbols, setBySymbols] = useState(null); // null: as the translation suggests
  const prefix = prefixes.at(-1) ?? "";
  const asked = useAsked(`/v1/runs/${encodeURIComponent(model.id)}/describe`, contentOf(text, prefix, beamSize, options));
  const write = (next) => (texts.set(model.id, next), setText(next), setPrefixes([]));
  const answer = asked.answer?.answers[0];
  return html`
    <div class="translation">
      <div class="asking">
        <label class="field-label" for="source">${t("translation.source")}</label>
        <textarea id="source" rows="3" placeholder=${t("translation.source.none")} value=${text}
          onInput=${(event) => write(event.target.value)}></textarea>
        <div class="slider">
          <label for="beam-size">${t("translation.beam")}</label>
          <output class="slider-value" for="beam-size">${beamSize}</output>
          <input id="beam-size" type="range" min="1" max=${WIDEST} value=${beamSize} onInput=${(event) => setBeamSize(Number(event.target.value))} />
        </div>
        ${asked.failure && html`<${Failure} failure=${asked.failure} />`}
      </div>
      ${answer
        ? html`<${Answered} key=${answer.source} answer=${answer} prefix=${asked.content.prefix} bySymbols=${bySymbols} choose=${setBySymbols}
            goOn=${(next) => setPrefixes([...prefixes, next])} back=${prefixes.length > 0 && (() => setPrefixes(prefixes.slice(0, -1)))} />`
        : html`<p class="card quiet">${t("translation.empty")}</p>`}
    </div>
  `;
}

function contentOf(text, prefix, beamSize, options) {
  if (!text.trim()) return null;
  const shown = { n_best: Math.min(SHOWN, beamSize), top_tokens: ALTERNATIVES, with_beam: true };
  const looks = options.with_alignment ? { with_alignment: true } : {};
  return { inputs: [text], beam_size: beamSize, prefix, ...shown, ...looks };
}

/** The translation, the others, where the network looked, and the search. */
function Answered({ answer, prefix, bySymbols, choose, goOn, back }) {
  const [chosen, setChosen] = useState(0);
  const [pointed, setPointed] = useState(NOWHERE);
  const { translations } = answer;
  const translation = translations[chosen] ?? translations[0];
  const forced = forcedCount(translations[0].tokens, prefix);
  const isBySymbols = bySymbols ?? needsSymbols(answer, translation);
  const looked = translation.attention ? attentionOf(answer, translation, isBySymbols) : null;
  const rowOf = (index) => looked?.rowOf[index] ?? -1;
  const isPointed = (index) => pointed.row >= 0 && rowOf(index) === pointed.row;
  const begin = (next) => (setChosen(0), setPointed(NOWHERE), goOn(next));
  return html`
    <section class="card translation-card" aria-labelledby="translation-title">
      <h2 id="translation-title">${t("translation.title")}</h2>
      <p class="sr-only" role="status">${translation.text}</p>
      <${Written} tokens=${translation.tokens} forced=${forced} isPointed=${isPointed} goOn=${begin}
        point=${(index) => setPointed({ row: rowOf(index), column: -1 })} />
      <p class="hint">${t("translation.hint")}</p>
      ${back && html`<p class="buttons"><button type="button" onClick=${back}>${t("translation.back")}</button></p>`}
      ${translations.length > 1 && html`<${Others} translations=${translations} chosen=${translation} choose=${setChosen} />`}
    </section>
    ${looked &&
    html`<${Attention} shown=${looked} pointed=${pointed} point=${(row, column) => setPointed({ row, column })}
      bySymbols=${isBySymbols} choose=${(next) => (choose(next), setPointed(NOWHERE))} />`}
    <${Beam} nodes=${answer.beam} translations=${translations} forced=${forced} goOn=${begin} />
  `;
}

/** The best translations; one of them is looked at. */
function Others({ translations, chosen, choose }) {
  return html`
    <h3>${t("translation.best")}</h3>
    <ol class="best-list">
      ${translations.map(
        (translation, number) => html`
          <li key=${number}>
            <button type="button" aria-pressed=${translation === chosen ? "true" : "false"} onClick=${() => choose(number)}>
              <span>${translation.text || t("symbol.nothing")}</span>
              <span class="class-share">${percent(Math.exp(translation.log_probability))}</span>
            </button>
          </li>
        `,
      )}
    </ol>
  `;
}
