// The text, a span a symbol. It is kept by hand, not by preact: thousands of symbols come within a second.
import { t } from "../language/language.js";
import { nameOf } from "../figures/symbol_name.js";
import { shadeOf } from "../figures/shade.js";

const REST = 70; // milliseconds that a pointer stays on a symbol before this is pointed at
const SHADES = [...Array(9).keys()].flatMap((i) => [`shade-${i}`, `minus-${i}`, `plus-${i}`]);

/**
 * A list box whose options are symbols; arrow keys go from symbol to symbol.
 * onPoint(index, isHeld): a symbol is under the pointer or in focus; isHeld when it was clicked or Enter pressed.
 * describe(index): what a screen reader says of a symbol.
 */
export class TextView {
  constructor(box, { onPoint, describe }) {
    Object.assign(this, { box, onPoint, describe, at: -1, pointer: "" });
    box.addEventListener("mouseover", (event) => this.#hover(event));
    box.addEventListener("mouseout", () => clearTimeout(this.resting));
    box.addEventListener("click", (event) => this.#point(event, true));
    box.addEventListener("focusin", (event) => this.#focus(event));
    box.addEventListener("keydown", (event) => this.#press(event));
  }

  get length() {
    return this.box.childElementCount;
  }

  span(index) {
    return this.box.children[index];
  }

  append(tokens) {
    const isAtEnd = this.box.scrollTop + this.box.clientHeight >= this.box.scrollHeight - 8;
    const spans = document.createDocumentFragment();
    for (const token of tokens) spans.append(spanOf(token));
    this.box.append(spans);
    if (this.length && !this.box.querySelector("[tabindex='0']")) this.span(0).tabIndex = 0;
    if (isAtEnd) this.box.scrollTop = this.box.scrollHeight;
  }

  /** Take away all symbols from one on. */
  cut(index) {
    while (this.length > index) this.box.lastElementChild.remove();
    if (this.at >= index) this.at = -1;
    if (this.length && !this.box.querySelector("[tabindex='0']")) this.span(this.length - 1).tabIndex = 0;
  }

  /** Shade all symbols: by their probability, or by values from -1 to 1, null where there is none. */
  shade(tokens, valueOf = null) {
    tokens.forEach((token, i) => {
      const span = this.span(i);
      span?.classList.remove(...SHADES);
      span?.classList.add(valueOf ? valueClass(valueOf(i)) : `shade-${shadeOf(token.probability)}`);
    });
  }

  mark(index) {
    if (this.at >= 0) this.span(this.at)?.classList.remove("pointed");
    this.at = index;
    if (index >= 0) this.span(index)?.classList.add("pointed");
  }

  focus(index) {
    const span = this.span(Math.max(0, Math.min(index, this.length - 1)));
    if (!span) return;
    for (const other of this.box.querySelectorAll("[tabindex='0']")) other.tabIndex = -1;
    span.tabIndex = 0;
    span.focus();
  }

  /** Let the pointer be where it is without showing what lies under it, until it moves. */
  overlook({ screenX, screenY }) {
    this.pointer = `${screenX} ${screenY}`;
    clearTimeout(this.resting);
  }

  /** Point where the pointer rests; text that moves under a pointer at rest is not pointed at. */
  #hover(event) {
    clearTimeout(this.resting);
    if (this.pointer === `${event.screenX} ${event.screenY}`) return;
    this.pointer = "";
    this.resting = setTimeout(() => this.#point(event, false), REST);
  }

  #indexOf(element) {
    return Array.prototype.indexOf.call(this.box.children, element.closest(".symbol"));
  }

  #point(event, isHeld) {
    const index = event.target === this.box ? -1 : this.#indexOf(event.target);
    if (index >= 0) this.onPoint(index, isHeld);
  }

  #focus(event) {
    const index = this.#indexOf(event.target);
    if (index < 0) return;
    event.target.setAttribute("aria-label", this.describe(index));
    if (event.target.matches(":focus-visible")) this.onPoint(index, false);
  }

  #press(event) {
    const index = this.#indexOf(event.target);
    if (index < 0) return;
    const next = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: this.length - 1 }[event.key];
    if (next !== undefined) this.focus(next);
    else if (event.key === "ArrowUp") this.focus(this.#onNextLine(index, -1));
    else if (event.key === "Enter" || event.key === " " || event.key === "ArrowDown") this.onPoint(index, true);
    else return;
    event.preventDefault();
  }

  /** The symbol above or below. */
  #onNextLine(index, step) {
    const { offsetTop, offsetLeft } = this.span(index);
    for (let i = index + step; this.span(i); i += step) {
      const span = this.span(i);
      if (span.offsetTop !== offsetTop && (span.offsetLeft - offsetLeft) * step >= 0) return i;
    }
    return step < 0 ? 0 : this.length - 1;
  }
}

function spanOf(token) {
  const span = document.createElement("span");
  span.className = `symbol ${token.origin} shade-${shadeOf(token.probability)}`;
  span.setAttribute("role", "option");
  span.tabIndex = -1;
  span.textContent = token.text;
  if (!token.text.trim()) span.setAttribute("aria-label", nameOf(token.text, t));
  if (token.text.startsWith("\n")) span.classList.add("line-end");
  return span;
}

function valueClass(value) {
  if (value === null) return "shade-0";
  const size = Math.min(8, Math.round(Math.abs(value) * 8));
  return `${value < 0 ? "minus" : "plus"}-${size}`;
}
