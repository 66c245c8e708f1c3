// The translation, symbol by symbol; each shows what else could have stood there, and goes on from that.
import { useRef, useState } from "../vendored/hooks.js";
import { classes, html } from "../html.js";
import { percent, t } from "../language/language.js";
import { Alternatives } from "../figures/alternatives.js";
import { nameOf } from "../figures/symbol_name.js";
import { shadeOf } from "../figures/shade.js";
import { prefixWith, prefixWithWord, wordAt } from "./symbols.js";

/** tokens: of the translation. forced: how many are the prefix. isPointed(index), point(index), goOn(prefix). */
export function Written({ tokens, forced, isPointed, point, goOn }) {
  const box = useRef(null);
  const [open, setOpen] = useState(-1);
  const [at, setAt] = useState(0);
  const anchor = open >= 0 && tokens[open] ? box.current?.children[open] : null;
  const close = () => (setOpen(-1), box.current.children[open]?.focus());
  const begin = (prefix) => (setOpen(-1), goOn(prefix));
  const focus = (index) => box.current.children[Math.max(0, Math.min(tokens.length - 1, index))].focus();
  const press = (event) => {
    const index = indexOf(event.target);
    const next = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tokens.length - 1 }[event.key];
    if (next !== undefined) focus(next);
    else if (["Enter", " ", "ArrowDown"].includes(event.key)) setOpen(index);
    else return;
    event.preventDefault();
  };
  const enter = (event) => {
    const index = indexOf(event.target);
    if (index < 0) return;
    if (event.type === "focusin") setAt(index);
    point(index);
  };
  const leave = (event) => event.currentTarget.contains(event.relatedTarget) || setOpen(-1);
  return html`
    <div class="paper" onFocusOut=${leave} onMouseLeave=${() => point(-1)}>
      <div class="translated" ref=${box} role="listbox" aria-label=${t("translation.symbols")} aria-orientation="horizontal"
        onMouseOver=${enter} onFocusIn=${enter} onKeyDown=${press}
        onClick=${(event) => indexOf(event.target) >= 0 && setOpen(indexOf(event.target))}>
        ${tokens.map(
          (token, index) => html`
            <span key=${index} role="option" data-index=${index} tabindex=${index === Math.min(at, tokens.length - 1) ? 0 : -1}
              aria-selected=${index === open ? "true" : "false"} aria-label=${saidOf(token)}
              class=${classes("symbol", `shade-${shadeOf(Math.exp(token.log_probability))}`, index < forced && "chosen", isPointed(index) && "pointed", token.text === "" && "end")}>${token.text || t("translation.end")}</span>
          `,
        )}
      </div>
      ${anchor &&
      html`<${Alternatives} token=${shownToken(tokens[open], open < forced)} anchor=${anchor} isHeld=${true} close=${close}
        choose=${({ symbol }) => (symbol === tokens[open].symbol ? close() : begin(prefixWith(tokens, open, symbol)))}
        more=${html`<${OwnWord} key=${open} word=${wordAt(tokens, open)} use=${(word) => begin(prefixWithWord(tokens, open, word))} />`} />`}
    </div>
  `;
}

function indexOf(element) {
  return Number(element.closest?.(".symbol")?.dataset.index ?? -1);
}

function saidOf({ text, log_probability: logProbability }) {
  return `${text === "" ? t("translation.end") : nameOf(text, t)}, ${percent(Math.exp(logProbability))}`;
}

/** A symbol as `Alternatives` takes it. What would end the translation is no way to go on. */
function shownToken(token, isForced) {
  const shown = ({ symbol, text, log_probability: logProbability }) => ({
    symbol,
    text: text === "" ? t("translation.end") : text,
    probability: Math.exp(logProbability),
  });
  const others = token.alternatives.filter(({ symbol, text }) => symbol === token.symbol || (text && !text.includes("\ufffd")));
  return { ...shown(token), alternatives: others.map(shown), origin: isForced ? "chosen" : "written" };
}

/** A word of one's own in the place of another. */
function OwnWord({ word, use }) {
  const field = useRef(null);
  const submit = (event) => {
    event.preventDefault();
    if (field.current.value.trim()) use(field.current.value.trim());
  };
  const stay = (event) => event.key !== "Escape" && event.stopPropagation();
  return html`
    <form class="own-word" onSubmit=${submit} onKeyDown=${stay}>
      <label for="own-word">${t("translation.own")}</label>
      <input id="own-word" ref=${field} type="text" defaultValue=${word} autocomplete="off" spellcheck="false" />
      <button type="submit">${t("translation.use")}</button>
    </form>
  `;
}
