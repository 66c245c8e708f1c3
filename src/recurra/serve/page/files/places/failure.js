// What went wrong, in words, with a way to try again.
import { html } from "../html.js";
import { t } from "../language/language.js";

export function Failure({ failure, retry }) {
  return html`
    <div class="failure" role="alert">
      <p>${wordsOf(failure)}</p>
      ${retry && html`<button type="button" onClick=${retry}>${t("retry")}</button>`}
    </div>
  `;
}

function wordsOf(failure) {
  if (failure.status === 0) return t("failure.unreachable");
  if (failure.status === 401) return t("failure.key");
  if (failure.status === 404) return t("failure.missing");
  return t("failure.answer", { message: failure.message });
}
