// The place where a tagger labels the words of a text while it is written.
import { useState } from "../vendored/hooks.js";
import { useAsked } from "../asked.js";
import { html } from "../html.js";
import { t } from "../language/language.js";
import { Failure } from "../places/failure.js";
import { Distribution } from "./distribution.js";
import { leastSure } from "./groups.js";
import { columnsOf, saidOf } from "./kinds.js";
import { Legend } from "./legend.js";
import { Paths } from "./paths.js";
import { Sentence } from "./sentence.js";

const MOST = 100; // sentences
const OPTIONS = { n_best: 2, top_labels: 8 };
const texts = new Map(); // by run: a text stays while one looks at other parts of the page

export function Tagging({ model }) {
  const [text, setText] = useState(texts.get(model.id) ?? "");
  const [chosen, setChosen] = useState("");
  const [pointed, setPointed] = useState(null);
  const columns = columnsOf(model);
  const column = columns.find(({ name }) => name === chosen) ?? columns[0];
  const inputs = sentencesOf(text);
  const path = `/v1/runs/${encodeURIComponent(model.id)}/describe`;
  const asked = useAsked(path, inputs.length ? { inputs, ...OPTIONS } : null);
  const answers = (asked.answer?.answers ?? []).filter(({ words }) => words.length);
  const at = placeOf(answers, column, pointed);
  const write = (next) => (texts.set(model.id, next), setText(next), setPointed(null));
  return html`
    <div class="tagging">
      <div class="asking">
        <label class="field-label" for="to-tag">${t("tagging.text")}</label>
        <textarea id="to-tag" rows="3" placeholder=${t("tagging.text.none")} value=${text}
          onInput=${(event) => write(event.target.value)}></textarea>
        <p class="hint">${t("tagging.text.hint", { count: MOST })}</p>
        ${!text && html`<p><button type="button" onClick=${() => write(t("tagging.example"))}>${t("tagging.try")}</button></p>`}
        ${asked.failure && html`<${Failure} failure=${asked.failure} />`}
        <${Labelled} columns=${columns} column=${column} choose=${setChosen} answers=${answers} at=${at} point=${setPointed} />
      </div>
      <aside class="side" aria-label=${t("tagging.side")}>
        ${at
          ? html`<${Distribution} column=${column} word=${answers[at.sentence].words[at.word]} ...${wordOf(answers[at.sentence], column, at.word)} />`
          : html`<p class="card quiet">${t("tagging.labels.none")}</p>`}
      </aside>
    </div>
  `;
}

/** The lines that hold something, as inputs of `describe`. */
function sentencesOf(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  return lines.slice(0, MOST).map((line) => ({ text: line }));
}

/** The word that is looked at: the one that was pointed at, else the least sure one of the first sentence. */
function placeOf(answers, column, pointed) {
  if (!answers.length) return null;
  if (pointed && pointed.word < (answers[pointed.sentence]?.words.length ?? 0)) return pointed;
  return { sentence: 0, word: leastSure(saidOf(answers[0], column).probabilities) };
}

function wordOf(answer, column, word) {
  const said = saidOf(answer, column);
  return { labels: said.top_labels[word], shown: said.labels[word] };
}

/** The sentences with their labels. */
function Labelled({ columns, column, choose, answers, at, point }) {
  return html`
    <section class="card" aria-labelledby="labelled-title">
      <div class="sheet-head">
        <h2 id="labelled-title">${t("tagging.labelled")}</h2>
        <${Legend} column=${column} />
      </div>
      ${columns.length > 1 && html`<${Columns} columns=${columns} column=${column} choose=${choose} />`}
      ${!answers.length && html`<p class="quiet">${t("tagging.none")}</p>`}
      <div class="sentences">
        ${answers.map((answer, sentence) => {
          const said = saidOf(answer, column);
          const pointed = at.sentence === sentence ? at.word : -1;
          return html`
            <div key=${sentence}>
              <${Sentence} answer=${answer} column=${column} said=${said} pointed=${pointed}
                point=${(word) => point({ sentence, word })} />
              <${Paths} answer=${answer} column=${column} said=${said} />
            </div>
          `;
        })}
      </div>
    </section>
  `;
}

/** Which column of labels is shown. */
function Columns({ columns, column, choose }) {
  return html`
    <div class="chips" role="group" aria-label=${t("tagging.columns")}>
      ${columns.map(
        ({ name }) => html`
          <button type="button" class="chip" key=${name} aria-pressed=${name === column.name ? "true" : "false"}
            onClick=${() => choose(name)}>${name}</button>
        `,
      )}
    </div>
  `;
}
