// What a tagger's labels are: of which columns, and in which color each is shown.
import { colorOfClass } from "../figures/class_bars.js";

const OUTSIDE = "outside"; // the color of what has none

/**
 * The columns of labels of a run: of each its name ("" of the only one) and its kinds, the types of its spans or else
 * its labels.
 */
export function columnsOf(model) {
  const { columns, ...only } = model.signature.output.properties;
  const described = columns ? Object.entries(columns.properties) : [["", { properties: only }]];
  return described.map(([name, { properties }]) => {
    const span = properties.spans?.items.properties;
    return { name, hasSpans: Boolean(span), kinds: span ? span.type.enum : properties.labels.items.enum };
  });
}

/** What an answer says of a column. */
export function saidOf(answer, column) {
  return column.name ? answer.columns[column.name] : answer;
}

export function colorOfKind(column, kind) {
  const number = column.kinds.indexOf(kind);
  return number < 0 ? OUTSIDE : colorOfClass(number);
}

/** The kind of a label as it is written, such as PER of B-PER, PER-I or b_per; null where it is of none. */
export function kindOfLabel(column, label) {
  if (!column.hasSpans) return label;
  const found = column.kinds.filter((kind) => label.endsWith(kind) || label.startsWith(kind));
  const longest = found.reduce((best, kind) => (kind.length > best.length ? kind : best), "");
  if (longest) return longest;
  return column.kinds[0] === "_" && /^[BIESLUM]$/i.test(label) && label.toUpperCase() !== "O" ? "_" : null;
}

/** How strongly a word is shaded, 0 to 8: the less likely its label. */
export function shadeOf(probability) {
  return Math.max(0, Math.min(8, Math.round((1 - probability) * 8)));
}
