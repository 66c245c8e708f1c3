// Asks for an API key when the server wants one; it is forgotten when the page is left.
import { useEffect, useRef } from "../vendored/hooks.js";
import { html } from "../html.js";
import { t } from "../language/language.js";

export function KeyDialog({ onKey }) {
  const dialog = useRef(null);
  const field = useRef(null);
  useEffect(() => {
    const open = () => dialog.current.open || dialog.current.showModal();
    addEventListener("key-needed", open);
    return () => removeEventListener("key-needed", open);
  }, []);
  const submit = (event) => {
    event.preventDefault();
    dialog.current.close();
    onKey(field.current.value.trim());
    field.current.value = "";
  };
  return html`
    <dialog ref=${dialog} aria-labelledby="key-title">
      <form onSubmit=${submit}>
        <h2 id="key-title">${t("key.title")}</h2>
        <label>${t("key.label")} <input ref=${field} type="password" autocomplete="off" required /></label>
        <div class="buttons">
          <button type="submit" class="primary">${t("key.use")}</button>
          <button type="button" onClick=${() => dialog.current.close()}>${t("key.cancel")}</button>
        </div>
      </form>
    </dialog>
  `;
}
