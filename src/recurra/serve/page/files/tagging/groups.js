// The words of a sentence, those of a span together.

/** Words from `first` to `end` (exclusive) of one span, or one word of none, in the order of the text. */
export function groupsOf(spans, count) {
  const groups = [];
  let at = 0;
  const outside = (end) => {
    for (; at < end; at += 1) groups.push({ first: at, end: at + 1, span: null });
  };
  for (const span of spans) {
    outside(span.start);
    groups.push({ first: span.start, end: span.end, span });
    at = span.end;
  }
  outside(count);
  return groups;
}

/** What stands in the text before a word. */
export function gapBefore({ text, offsets }, word) {
  return text.slice(word ? offsets[word - 1][1] : 0, offsets[word][0]);
}

/** Of a sentence that was answered the word whose label is least sure. */
export function leastSure(probabilities) {
  return probabilities.reduce((least, probability, word) => (probability < probabilities[least] ? word : least), 0);
}
