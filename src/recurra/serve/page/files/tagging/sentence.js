// A sentence with its labels: spans are framed and named, words shaded by how unsure their label is.
import { useMemo, useRef } from "../vendored/hooks.js";
import { classes, html } from "../html.js";
import { percent, t } from "../language/language.js";
import { gapBefore, groupsOf } from "./groups.js";
import { colorOfKind, kindOfLabel, shadeOf } from "./kinds.js";

/**
 * A list box of words; arrow keys go from word to word.
 * answer: of `describe`. said: of the column, or of one of its paths. isPath: whether it is a path; its words have no
 * probability and cannot be pointed at. other: the labels that a path is compared with. pointed: the word that is
 * looked at. point(word).
 */
export function Sentence({ answer, column, said, other, isPath = false, pointed = -1, point }) {
  const box = useRef(null);
  const words = useMemo(() => {
    const shown = { answer, column, said, other, isPath, pointed };
    return groupsOf(said.spans ?? [], answer.words.length).map((group) => html`<${Group} ...${shown} group=${group} />`);
  }, [answer, column, said, other, isPath, pointed]);
  if (isPath) return html`<p class="tagged path">${words}</p>`;
  const choose = (event) => {
    const word = wordOf(event.target);
    if (word !== null && word !== pointed) point(word);
  };
  const press = (event) => {
    const options = [...box.current.querySelectorAll(".word")];
    const at = options.indexOf(event.target);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: options.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    options[Math.max(0, Math.min(options.length - 1, next))].focus();
  };
  return html`
    <div class="tagged" ref=${box} role="listbox" aria-label=${t("tagging.words")} aria-orientation="horizontal"
      onMouseOver=${choose} onFocusIn=${choose} onClick=${choose} onKeyDown=${press}>${words}</div>
  `;
}

function wordOf(element) {
  const word = element.closest?.(".word");
  return word ? Number(word.dataset.word) : null;
}

function Group({ group: { first, end, span }, ...shown }) {
  const { answer, column, said, isPath } = shown;
  const words = [];
  for (let word = first; word < end; word += 1) {
    if (word > first) words.push(gapBefore(answer, word));
    words.push(html`<${Word} ...${shown} word=${word} />`);
  }
  const before = gapBefore(answer, first);
  const kind = span ? span.type : column.hasSpans ? null : kindOfLabel(column, said.labels[first]);
  if (kind === null) return html`${before}${words}`;
  const name = kind === "_" ? "" : html`<span class="kind" aria-hidden="true">${kind}</span>`;
  const label = span && !isPath ? t("tagging.span", { kind, share: percent(span.probability) }) : kind;
  const kinds = classes(span ? "entity" : "labelled", colorOfKind(column, kind));
  if (isPath) return html`${before}<span class=${kinds}>${words}${name}</span>`;
  return html`${before}<span class=${kinds} role="group" aria-label=${label}>${words}${name}</span>`;
}

function Word({ answer, said, other, isPath, pointed, word }) {
  const text = answer.words[word];
  if (isPath) {
    const differs = said.labels[word] !== other[word];
    return differs ? html`<mark class="differs">${text}</mark>` : text;
  }
  const probability = said.probabilities[word];
  const isUnknown = answer.unknown.includes(word);
  const kinds = classes("word", `shade-${shadeOf(probability)}`, isUnknown && "unknown", word === pointed && "pointed");
  const label = `${text}: ${said.labels[word]}, ${percent(probability)}${isUnknown ? `, ${t("tagging.unknown")}` : ""}`;
  return html`
    <span class=${kinds} role="option" tabindex=${word === Math.max(0, pointed) ? 0 : -1} data-word=${word} aria-label=${label}
      aria-selected=${word === pointed ? "true" : "false"}>${text}</span>
  `;
}
