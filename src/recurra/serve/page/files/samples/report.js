// How good what a run makes was found to be: the closing sentence of its report, and the main scores.
import { html } from "../html.js";
import { t } from "../language/language.js";

export function Report({ report, name }) {
  return html`
    <section class="card samples-report" aria-labelledby="report-title">
      <h2 id="report-title">${t("samples.report")}</h2>
      ${report ? html`<${Findings} report=${report} />` : html`<p class="quiet">${t("samples.report.none")} <code>recurra evaluate ${name}</code></p>`}
    </section>
  `;
}

function Findings({ report: { conclusion, summary, is_older: isOlder } }) {
  return html`
    <p class="samples-conclusion" lang="en">${conclusion}</p>
    ${isOlder && html`<p class="hint">${t("samples.report.older")}</p>`}
    ${summary && html`
      <div class="scroller" tabindex="0" role="region" aria-label=${t("samples.report.scores")}>
        <table lang="en">
          <thead><tr>${summary.columns.map((column, i) => (i ? html`<th scope="col">${column}</th>` : html`<td></td>`))}</tr></thead>
          <tbody>
            ${summary.rows.map(
              (row) => html`<tr>${row.map((cell, i) => (i ? html`<td>${cell}</td>` : html`<th scope="row">${cell}</th>`))}</tr>`,
            )}
          </tbody>
        </table>
      </div>
      <p class="hint">${t("samples.report.hint")}</p>
    `}
  `;
}
