// Lines of text, made and real.
import { html } from "../html.js";
import { t } from "../language/language.js";
import { save } from "../saving.js";

export function LinesBeside({ model, made, real }) {
  const download = () => save(new Blob([made.lines.map((line) => `${line}\n`).join("")], { type: "text/plain" }), `${model.id}.txt`);
  return html`
    <div class="samples-columns">
      <${Lines} title=${t("samples.origin.made")} kind="made" lines=${made.lines} />
      ${real && html`<${Lines} title=${t("samples.origin.real")} kind="real" lines=${real.lines} />`}
    </div>
    <div class="buttons"><button type="button" onClick=${download}>${t("samples.download.text")}</button></div>
  `;
}

function Lines({ title, kind, lines }) {
  return html`
    <section class="card" aria-label=${title}>
      <h2 class=${`origin ${kind}`}>${title}</h2>
      <ol class="sample-lines">${lines.map((line) => html`<li><${LineItem} line=${line} /></li>`)}</ol>
    </section>
  `;
}

export function LineItem({ line }) {
  return line ? html`<span class="sample-line">${line}</span>` : html`<span class="quiet">${t("samples.line.empty")}</span>`;
}
