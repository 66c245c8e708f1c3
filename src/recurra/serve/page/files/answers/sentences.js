// Sentences, a line each, answered while they are written; of one of them why, and how the answer came about.
import { useState } from "../vendored/hooks.js";
import { useAsked } from "../asked.js";
import { html } from "../html.js";
import { t } from "../language/language.js";
import { Failure } from "../places/failure.js";
import { Answer } from "./answer.js";
import { AlongTheWay } from "./along_the_way.js";
import { chosenIn, formOf } from "./form.js";
import { piecesOf, Reasons } from "./reasons.js";
import { SentenceList } from "./sentence_list.js";

const MOST = 200; // sentences
const BEGINNINGS = 200;

export function Sentences({ model }) {
  const [text, setText] = useState("");
  const [line, setLine] = useState(0);
  const [label, setLabel] = useState(null);
  const [place, setPlace] = useState(null);
  const form = formOf(model);
  const sentences = sentencesOf(text);
  const current = sentences.findLast((sentence) => sentence.line <= line) ?? sentences[0];
  const path = `/v1/runs/${encodeURIComponent(model.id)}`;
  const all = useAsked(`${path}/describe`, sentences.length > 1 ? { inputs: sentences.map(({ text }) => text) } : null);
  const options = form.hasBeginnings ? { beginnings: BEGINNINGS } : {};
  const asked = useAsked(`${path}/describe`, current ? { inputs: [current.text], ...options } : null);
  const why = useAsked(`${path}/attributions`, current && form.hasBeginnings ? { input: current.text, label } : null);
  const answer = asked.answer?.answers[0];
  const symbols = why.answer && piecesOf(why.content.input, why.answer.inputs).map(({ text }) => text);
  const failure = asked.failure ?? why.failure ?? all.failure;
  const follow = (event) => setLine(event.target.value.slice(0, event.target.selectionStart).split("\n").length - 1);
  return html`
    <div class="answers">
      <div class="asking">
        <label class="field-label" for="sentences">${t("answers.sentences")}</label>
        <textarea id="sentences" rows="5" placeholder=${t("answers.sentences.none")} value=${text} onSelect=${follow}
          onInput=${(event) => (setText(event.target.value), follow(event), setPlace(null))}></textarea>
        <p class="hint">${t("answers.sentences.hint")}</p>
        ${failure && html`<${Failure} failure=${failure} />`}
        ${sentences.length > 1 &&
        html`<${SentenceList} sentences=${sentences} asked=${all} current=${current} form=${form} choose=${(next) => (setLine(next), setPlace(null))} />`}
      </div>
      <div class="answered">
        ${!answer && html`<p class="quiet card">${t("answers.empty")}</p>`}
        ${answer && html`<${Answer} form=${form} answer=${answer} chosen=${chosenIn(form, why)} choose=${form.hasBeginnings ? setLabel : null} />`}
        ${answer && why.answer && html`<${Reasons} why=${why.answer} text=${why.content.input} place=${place} isNumber=${!form.labels.length} />`}
        ${answer &&
        html`<${AlongTheWay} form=${form} answer=${answer} symbols=${symbols} place=${place} move=${setPlace} />`}
      </div>
    </div>
  `;
}

/** The lines that hold something, with their numbers. */
function sentencesOf(text) {
  const lines = text.split("\n").map((each, line) => ({ line, text: each.trim() }));
  return lines.filter((sentence) => sentence.text).slice(0, MOST);
}
