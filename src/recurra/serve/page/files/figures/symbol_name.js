// What a symbol is called where it is shown alone.

/** What a symbol of white space is called, or itself. */
export function nameOf(text, t) {
  if (text === "") return t("symbol.nothing");
  if (text.length === 1 && !text.trim() && !" \n\t".includes(text)) return t("symbol.space");
  const names = { " ": "symbol.space", "\n": "symbol.line", "\t": "symbol.tab" };
  if (text in names) return t(names[text]);
  return text.trim() ? text : [...text].map((character) => nameOf(character, t)).join(", ");
}
