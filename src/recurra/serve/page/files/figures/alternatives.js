// What could have stood in the place of a symbol; a click lets the text go on from there.
import { useLayoutEffect, useRef } from "../vendored/hooks.js";
import { html } from "../html.js";
import { percent, t } from "../language/language.js";
import { Bar } from "./bar.js";
import { nameOf } from "./symbol_name.js";

/**
 * token: the symbol. anchor: its element. isHeld: whether the focus goes to the list. choose(alternative), close().
 * more: what else is shown beneath.
 */
export function Alternatives({ token, anchor, isHeld, choose, close, more }) {
  const box = useRef(null);
  useLayoutEffect(() => place(box.current, anchor));
  useLayoutEffect(() => { // at once, so that the next key is the list's
    if (isHeld) box.current.querySelector("button")?.focus({ preventScroll: true });
  }, [isHeld, anchor]);
  const press = (event) => {
    if (event.key === "Escape") return close();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return undefined;
    event.preventDefault();
    const buttons = [...box.current.querySelectorAll("button")];
    const next = buttons.indexOf(document.activeElement) + step;
    return buttons[(next + buttons.length) % buttons.length].focus();
  };
  return html`
    <div class="alternatives" ref=${box} role="group" aria-label=${t("alternatives.label")} onKeyDown=${press}>
      <p class="alternatives-title">
        ${token.origin === "chosen" ? t("alternatives.chosen") : t("alternatives.title")}
        ${" "}<strong>${nameOf(token.text, t)}</strong>
        ${token.probability !== null && html`<span class="quiet"> ${percent(token.probability)}</span>`}
      </p>
      ${token.alternatives.length
        ? html`<ul>
            ${token.alternatives.map((alternative) => html`<li key=${alternative.text}>${row(alternative, token, choose)}</li>`)}
          </ul>`
        : html`<p class="quiet">${t("alternatives.none")}</p>`}
      ${token.alternatives.length > 0 && html`<p class="hint">${t("alternatives.hint")}</p>`}
      ${more}
    </div>
  `;
}

function row(alternative, token, choose) {
  const isTaken = alternative.text === token.text;
  const name = nameOf(alternative.text, t);
  return html`
    <button type="button" class="alternative" aria-current=${isTaken ? "true" : undefined}
      onClick=${(event) => choose(alternative, event)}>
      <span class=${name === alternative.text ? "alternative-symbol" : "alternative-symbol named"}>${name}</span>
      <${Bar} share=${alternative.probability} />
      <span class="alternative-share">${percent(alternative.probability)}</span>
    </button>
  `;
}

/** Below the symbol, within the box that both are in; above it where the window ends. */
function place(box, anchor) {
  if (!anchor?.isConnected) return;
  const frame = box.offsetParent.getBoundingClientRect();
  const first = anchor.getClientRects()[0] ?? anchor.getBoundingClientRect();
  const left = Math.max(0, Math.min(first.left - frame.left - 12, frame.width - box.offsetWidth));
  const isLow = first.bottom + box.offsetHeight + 8 > innerHeight && first.top > box.offsetHeight + 8;
  const top = isLow ? first.top - box.offsetHeight - 4 : first.bottom + 4;
  box.style.left = `${left}px`;
  box.style.top = `${top - frame.top}px`;
}
