// Where the network looked: a row a symbol or word of the translation, a column a symbol or word of the source.
import { classes, html } from "../html.js";
import { percent, t } from "../language/language.js";
import { nameOf } from "../figures/symbol_name.js";
import { wordNumbers, wordsOf } from "./symbols.js";

const MOST_CELLS = 8000;

/**
 * The weights of a translation: by words, where both sides have several, unless symbols are asked for.
 * Gives the names of rows and columns, the weights, and of each symbol of the translation its row, -1 for none.
 */
export function attentionOf({ source, source_tokens: sources }, translation, bySymbols) {
  const texts = translation.tokens.map(({ text }) => text);
  if (!bySymbols) {
    const [rows, columns] = [wordsOf(translation.text), wordsOf(source)];
    return { rows, columns, weights: translation.attention, rowOf: wordNumbers(texts) };
  }
  const weights = translation.tokens.map(({ attention }) => attention);
  return { rows: texts, columns: sources, weights, rowOf: texts.map((_, i) => i) };
}

/** Whether words alone would say little: one side has only one. */
export function needsSymbols({ source }, translation) {
  return wordsOf(source).length < 2 || wordsOf(translation.text).length < 2;
}

/** shown: as of `attentionOf`. pointed: the row and column that are looked at, -1 for none. point(row, column). */
export function Attention({ shown, pointed, point, bySymbols, choose }) {
  const { columns, weights } = shown;
  const rows = shown.rows.slice(0, Math.max(1, Math.floor(MOST_CELLS / Math.max(1, columns.length))));
  const weight = weights[pointed.row]?.[pointed.column];
  const said =
    weight === undefined
      ? t("attention.hint")
      : t("attention.said", { target: named(rows[pointed.row]), source: named(columns[pointed.column]), share: percent(weight) });
  return html`
    <section class="card" aria-labelledby="attention-title">
      <div class="sheet-head">
        <h2 id="attention-title">${t("attention.title")}</h2>
        <label class="by-symbols"><input type="checkbox" checked=${bySymbols} onChange=${() => choose(!bySymbols)} /> ${t("attention.symbols")}</label>
      </div>
      <div class=${classes("attention", !bySymbols && "by-words")} tabindex="0" role="group" aria-label=${t("attention.label")}>
        <table onMouseLeave=${() => point(-1, -1)}>
          <thead>
            <tr>
              <td></td>
              ${columns.map((name, column) => {
                const share = weights[pointed.row]?.[column] ?? 0;
                return html`<th scope="col" class=${classes("column", column === pointed.column && "pointed")} style=${{ "--share": share }}><${Name} text=${name} /></th>`;
              })}
            </tr>
          </thead>
          <tbody>
            ${rows.map((name, row) => html`<${Row} name=${name} row=${row} weights=${weights[row]} pointed=${pointed} point=${point} />`)}
          </tbody>
        </table>
      </div>
      <p class="hint">${said}</p>
    </section>
  `;
}

function named(text) {
  return text === "" ? t("translation.end") : text.trim() || nameOf(text, t);
}

/** The name of a row or a column; white space is a dot. */
function Name({ text }) {
  if (text && !text.trim()) return html`<span aria-hidden="true">·</span><span class="sr-only">${named(text)}</span>`;
  return html`<span class=${[...named(text)].length > 2 ? "long" : ""}>${named(text)}</span>`;
}

function Row({ name, row, weights, pointed, point }) {
  const share = pointed.column >= 0 ? weights[pointed.column] : 0;
  return html`
    <tr class=${row === pointed.row ? "pointed" : ""}>
      <th scope="row" class=${row === pointed.row ? "pointed" : ""} style=${{ "--share": share }}><${Name} text=${name} /></th>
      ${weights.map(
        (weight, column) => html`
          <td class=${classes("cell", column === pointed.column && "pointed")} style=${{ "--share": weight }}
            onMouseEnter=${() => point(row, column)} onClick=${() => point(row, column)}>
            <span class="sr-only">${percent(weight)}</span>
          </td>
        `,
      )}
    </tr>
  `;
}
