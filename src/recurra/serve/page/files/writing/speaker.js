// What is written, for screen readers: sentence after sentence, not symbol after symbol.

const PAUSE = 3000; // milliseconds between two additions
const LINES = 30; // that stay

/** Adds what it is told to a live region, in whole sentences where there are any, and not too often. */
export class Speaker {
  constructor(region) {
    Object.assign(this, { region, waiting: "", spokenAt: 0 });
  }

  say(text, isEnd) {
    this.waiting += text;
    const now = performance.now();
    const end = isEnd ? this.waiting.length : endOfSentence(this.waiting);
    if (!end || (!isEnd && now - this.spokenAt < PAUSE)) return;
    const line = document.createElement("p");
    line.textContent = this.waiting.slice(0, end);
    this.region.append(line);
    this.waiting = this.waiting.slice(end);
    this.spokenAt = now;
    while (this.region.childElementCount > LINES) this.region.firstElementChild.remove();
  }

  clear() {
    this.region.replaceChildren();
    this.waiting = "";
  }
}

function endOfSentence(text) {
  return Math.max(...[".", "!", "?", "\n", "。", "！", "？"].map((mark) => text.lastIndexOf(mark))) + 1;
}
