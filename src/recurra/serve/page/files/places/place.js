// A place of the page; its scripts are loaded when it is first opened.
import { useEffect, useState } from "../vendored/hooks.js";
import { html } from "../html.js";
import { t } from "../language/language.js";
import { loadPlace } from "./catalogue.js";
import { Failure } from "./failure.js";

const components = new Map(); // of the places opened so far, by name

/** name: of the place; what else it is told, its component is told. */
export function Place({ name, ...properties }) {
  const [, redraw] = useState(0);
  const [isMissing, setMissing] = useState(false);
  useEffect(() => {
    let isShown = true;
    if (!components.has(name)) {
      loadPlace(name).then(
        (component) => (components.set(name, component), isShown && redraw((count) => count + 1)),
        () => isShown && setMissing(true),
      );
    }
    return () => void (isShown = false);
  }, [name]);
  const component = components.get(name);
  if (component) return html`<${component} ...${properties} />`;
  // Browsers remember that a script was not to be had: only the whole page, loaded again, asks for it again.
  if (isMissing) return html`<${Failure} failure=${{ status: 0 }} retry=${() => location.reload()} />`;
  return html`<p class="quiet" role="status" aria-busy="true">${t("place.loading")}</p>`;
}
