// The report on a run, as the page that it is, in a frame that may do nothing but draw.
import { useEffect, useRef } from "../vendored/hooks.js";
import { html } from "../html.js";
import { t } from "../language/language.js";
import { save } from "../saving.js";

export function Report({ explanation }) {
  const { model, html: address, report } = explanation;
  const heading = useRef(null);
  useEffect(() => {
    heading.current.focus({ preventScroll: true });
    heading.current.scrollIntoView();
  }, [explanation]);
  const saveNumbers = () => save(new Blob([JSON.stringify(report)], { type: "application/json" }), `${model}-explanation.json`);
  return html`
    <section class="explanation-report" aria-labelledby="explanation-report">
      <div class="explanation-head">
        <h2 id="explanation-report" ref=${heading} tabindex="-1">${t("explanation.report")}</h2>
        <div class="explanation-links">
          <a href=${address} target="_blank" rel="noopener">${t("explanation.open")}</a>
          <a href=${address} download=${`${model}-explanation.html`}>${t("explanation.html")}</a>
          <button type="button" onClick=${saveNumbers}>${t("explanation.json")}</button>
        </div>
      </div>
      <p class="hint">${t("explanation.report.hint")}</p>
      <iframe class="explanation-frame" src=${address} sandbox="allow-scripts allow-downloads"
        title=${t("explanation.frame", { run: model })}></iframe>
    </section>
  `;
}
