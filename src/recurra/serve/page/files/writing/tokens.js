// Symbols of a text with their probabilities, made of the events of /v1/completions.

/**
 * A symbol: its `text`, its `probability` (null where nothing predicted it), the `alternatives` to it, likeliest first,
 * each with text and probability, and its `origin`: "prompt", "written" or "chosen" by the reader.
 */
export function token(text, probability, alternatives, origin) {
  return { text, probability, alternatives, origin };
}

export function textOf(tokens) {
  return tokens.map(({ text }) => text).join("");
}

/** The symbols of one choice of an event; the first of a text that was echoed are its prompt's. */
export function tokensOf(choice, prompt = null) {
  const { tokens = [], token_logprobs: logProbs = [], top_logprobs: likeliest = [] } = choice.logprobs ?? {};
  if (prompt !== null) return promptTokens(prompt, tokens, logProbs, likeliest);
  if (tokens.length === 1) return [tokenOf(choice.text, tokens[0], logProbs[0], likeliest[0], "written")];
  return choice.text ? [token(choice.text, null, [], "written")] : [];
}

/** Names of symbols may lack the spaces that the text has: each symbol takes what stands before it in the prompt. */
function promptTokens(prompt, names, logProbs, likeliest) {
  const made = [];
  let at = 0;
  names.forEach((name, i) => {
    const found = i === names.length - 1 ? -1 : prompt.indexOf(name, at);
    const end = found < 0 ? (i === names.length - 1 ? prompt.length : at) : found + name.length;
    made.push(tokenOf(prompt.slice(at, end), name, logProbs[i], likeliest[i], "prompt"));
    at = end;
  });
  return made;
}

function tokenOf(text, name, logProb, likeliest, origin) {
  const probability = logProb === null || logProb === undefined ? null : Math.exp(logProb);
  // of a model of words, what parts a word from the one before is not in its name
  const gap = text.startsWith(" ") && !name.startsWith(" ") ? " " : "";
  const alternatives = Object.entries(likeliest ?? {})
    .filter(([other]) => !other.includes("\ufffd")) // a part of a character
    .map(([other, value]) => ({ text: gap + other, probability: Math.exp(value) }))
    .sort((a, b) => b.probability - a.probability);
  return token(text, probability, alternatives, origin);
}

/** The mean information of the symbols that were written, in bits; null where there is none. */
export function bitsOf(tokens) {
  const written = tokens.filter(({ origin, probability }) => origin === "written" && probability !== null);
  if (!written.length) return null;
  const bits = written.map(({ probability }) => -Math.log2(Math.max(probability, 1e-12)));
  return bits.reduce((a, b) => a + b, 0) / written.length;
}
