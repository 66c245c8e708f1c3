// The symbols of a translation, and the words that they make up.

/** Which word, from 0, each of some texts that make up a whole begins in; -1 for white space and for nothing. */
export function wordNumbers(texts) {
  let [whole, words] = ["", -1];
  return texts.map((text) => {
    const isNew = /^\s/.test(text) || !whole || /\s$/.test(whole);
    whole += text;
    if (!text.trim()) return -1;
    if (isNew) words += 1;
    const first = words;
    words += text.trim().split(/\s+/).length - 1;
    return first;
  });
}

export function wordsOf(text) {
  return text.split(/\s+/).filter(Boolean);
}

/** How many of the first symbols were forced by a prefix, which is a text or a list of symbols. */
export function forcedCount(tokens, prefix) {
  if (typeof prefix !== "string") return prefix.length;
  let [count, length] = [0, 0];
  while (count < tokens.length && length < prefix.length) length += tokens[count++].text.length;
  return count;
}

/** The symbols before one, and another in its place, as a prefix. */
export function prefixWith(tokens, index, symbol) {
  return [...tokens.slice(0, index).map((token) => token.symbol), symbol];
}

/** The text before the word that a symbol is of, and another word in its place, as a prefix. */
export function prefixWithWord(tokens, index, word) {
  const numbers = wordNumbers(tokens.map(({ text }) => text));
  let first = index;
  while (first > 0 && numbers[index] >= 0 && numbers[first - 1] === numbers[index]) first -= 1;
  const before = tokens.slice(0, first).map(({ text }) => text).join("");
  const gap = /^\s/.test(tokens[first].text) || (tokens[first].text === "" && before && !/\s$/.test(before)) ? " " : "";
  return before + gap + word;
}

/** The word that a symbol is of. */
export function wordAt(tokens, index) {
  const numbers = wordNumbers(tokens.map(({ text }) => text));
  if (numbers[index] < 0) return "";
  const ofWord = tokens.filter((_, i) => numbers[i] === numbers[index]);
  return ofWord.map(({ text }) => text).join("").trim();
}
