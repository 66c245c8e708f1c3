// A text whose symbols are shaded by how much each speaks for a class, or for a number.
import { html } from "../html.js";
import { t } from "../language/language.js";
import { shownNumber } from "./form.js";
import { ReasonsLegend } from "./legend.js";
import { mostOf } from "./most_of.js";

const SHADES = 6; // of the eight: on the darkest, words could not be read in the dark

export function Reasons({ why, text, place, isNumber }) {
  const pieces = piecesOf(text, why.inputs);
  const largest = Math.max(...why.values.map(Math.abs)) || 1;
  const nameOf = (step) => pieces[step].text.trim() && `“${pieces[step].text.trim()}”`;
  return html`
    <section class="card" aria-labelledby="reasons-title">
      <div class="sheet-head">
        <h2 id="reasons-title">${isNumber ? t("reasons.number") : t("reasons.title", { label: why.output })}</h2>
        <${ReasonsLegend} isNumber=${isNumber} />
      </div>
      <p class="reasons-text">
        ${pieces.map(({ text, gap }, number) => html`${gap}<span key=${number} class=${kindOf(why, number, largest, place)} title=${titleOf(why, number)}>${text}</span>`)}
      </p>
      <p class="hint">${mostOf(why.values, nameOf, isNumber)}</p>
    </section>
  `;
}

/** Where each symbol stands in the text: words between spaces, characters, or, of byte pairs, the symbols themselves. */
export function piecesOf(text, symbols) {
  const words = text.split(/\s+/).filter(Boolean);
  if (words.length === symbols.length) return words.map((word, number) => ({ text: word, gap: number ? " " : "" }));
  const characters = [...text];
  const shown = characters.length === symbols.length ? characters : symbols;
  return shown.map((symbol) => ({ text: symbol, gap: "" }));
}

function kindOf(why, number, largest, place) {
  const value = why.values[number] / largest;
  const shade = Math.round(Math.abs(value) * SHADES);
  const kind = [`reason ${value < 0 ? "minus" : "plus"}-${shade}`];
  if (value < 0 && shade) kind.push("against");
  if (why.inputs[number] === "<unk>") kind.push("unknown");
  if (place !== null && number > place) kind.push("unread");
  return kind.join(" ");
}

function titleOf(why, number) {
  const value = `${why.values[number] < 0 ? "−" : "+"}${shownNumber(Math.abs(why.values[number]))}`;
  return why.inputs[number] === "<unk>" ? `${value} · ${t("reasons.unknown")}` : value;
}
