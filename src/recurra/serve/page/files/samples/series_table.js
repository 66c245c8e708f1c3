// Made series as a table.
import { html } from "../html.js";
import { t } from "../language/language.js";

const MOST = 200; // rows that are shown

export function SeriesTable({ columns, series }) {
  const rows = series.flat();
  return html`
    <details class="card samples-table">
      <summary>${t("samples.table", { rows: rows.length })}</summary>
      <div class="scroller" tabindex="0" role="region" aria-label=${t("samples.table.label")}>
        <table>
          <thead><tr>${columns.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
          <tbody>
            ${rows.slice(0, MOST).map(
              (row) => html`<tr>${row.map((cell, i) => html`<td class=${columns[i].cells}>${cell ?? ""}</td>`)}</tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${rows.length > MOST && html`<p class="hint">${t("samples.table.more", { rows: rows.length - MOST })}</p>`}
    </details>
  `;
}
