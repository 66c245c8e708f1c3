// The hidden states along a text, fetched as it grows.
import { post } from "../api.js";

/** Values of units after each symbol, as the server has given them so far. */
export class States {
  constructor(run) {
    this.run = run;
    this.clear();
  }

  clear() {
    Object.assign(this, { units: 0, length: 0, blocks: [], ends: [], scale: 0, isFull: false });
    this.asked = (this.asked ?? 0) + 1; // answers to what was asked before are of another text
  }

  /** Forget the states of what stands behind so many characters. */
  cut(characters) {
    const length = this.symbolsIn(characters);
    const blocks = this.blocks.filter(({ start }) => start < length);
    const last = blocks.at(-1);
    if (last && last.start + last.count > length) last.count = length - last.start;
    this.blocks = blocks;
    this.length = length;
    this.ends.length = length;
    this.isFull = false;
    this.asked += 1;
  }

  /**
   * Fetch the states of what has come; true where there are new ones.
   * start: what the model has read before the first symbol that is shown, one symbol or nothing.
   */
  async extend(start, text, signal) {
    if (this.isFull) return false;
    const asked = this.asked;
    const before = start ? 1 : 0;
    let answer;
    try {
      const path = `/v1/runs/${encodeURIComponent(this.run)}/states`;
      answer = await post(path, { text: start + text, skip: before + this.length }, signal);
    } catch (failure) {
      this.isFull = true; // too long, or not to be had
      if (failure.name === "AbortError" || ["text_too_long", "unreachable"].includes(failure.code)) return false;
      throw failure;
    }
    if (asked !== this.asked || !answer.symbols.length) return false;
    this.#locate(answer.symbols, text);
    this.#add(answer);
    return true;
  }

  /** Where in the text each symbol ends; its name may lack the space before it. */
  #locate(symbols, text) {
    let at = this.ends.at(-1) ?? 0;
    for (const name of symbols) {
      const found = text.indexOf(name, at);
      if (found >= 0 && found - at < 40) at = found + name.length;
      this.ends.push(at);
    }
  }

  /** How many symbols lie within so many characters of the text. */
  symbolsIn(characters) {
    let [low, high] = [0, this.ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ends[middle] <= characters) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #add({ symbols, units, scale, values }) {
    const bytes = Int8Array.from(atob(values), (character) => character.charCodeAt(0));
    this.units = units;
    this.scale = Math.max(this.scale, scale);
    this.blocks.push({ start: this.length, count: symbols.length, values: bytes, scale });
    this.length += symbols.length;
  }

  /** The value of a unit after a symbol, or null. */
  value(unit, symbol) {
    const block = this.blocks.findLast(({ start }) => start <= symbol);
    if (!block || symbol >= block.start + block.count) return null;
    return (block.values[(symbol - block.start) * this.units + unit] / 127) * block.scale;
  }

  /** The value as a share of the largest one, from -1 to 1, or null. */
  share(unit, symbol) {
    const value = this.value(unit, symbol);
    return value === null ? null : value / this.scale;
  }

  /** The units that change most over the text. */
  liveliest(count) {
    const spreads = [];
    for (let unit = 0; unit < this.units; unit += 1) spreads.push([this.#spread(unit), unit]);
    spreads.sort((a, b) => b[0] - a[0]);
    return spreads.slice(0, count).map(([, unit]) => unit);
  }

  #spread(unit) {
    let [sum, squares] = [0, 0];
    const step = Math.ceil(this.length / 400);
    let seen = 0;
    for (let i = 0; i < this.length; i += step, seen += 1) {
      const value = this.value(unit, i) ?? 0;
      sum += value;
      squares += value * value;
    }
    return seen ? squares / seen - (sum / seen) ** 2 : 0;
  }
}
