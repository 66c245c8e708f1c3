// The columns of series: which are drawn, on which scales, and what is said of them.
import { number, t } from "../language/language.js";

/** Columns that change in a series, with their positions; not what names, numbers or orders the rows. */
export function drawnColumns(columns) {
  const placed = columns.map((column, position) => ({ ...column, position }));
  const values = placed.filter(({ role, is_context: isContext }) => role === "value" && !isContext);
  return values.length ? values : placed.filter(({ role }) => role === "value");
}

/** What does not change in a series, as texts. */
export function contextOf(columns, series) {
  const held = columns.map((column, position) => ({ ...column, position }));
  const told = held.filter(({ role, is_context: isContext }) => role === "value" && isContext);
  return told.map(({ position }) => String(series[0]?.[position] ?? ""));
}

/** The numbers that a column's cells stand for, and their range over all series. */
export function scaleOf(column, all) {
  const value = valueOf(column);
  let [low, high] = [Infinity, -Infinity];
  for (const series of all) {
    for (const row of series) {
      const each = value(row[column.position]);
      if (each === null) continue;
      low = Math.min(low, each);
      high = Math.max(high, each);
    }
  }
  if (column.kind === "category") [low, high] = [0, Math.max(1, column.categories.length - 1)];
  return { value, range: low > high ? [0, 1] : [low, high] };
}

function valueOf(column) {
  if (column.kind === "category") {
    const positions = new Map(column.categories.map((category, position) => [category, position]));
    return (cell) => positions.get(cell) ?? null;
  }
  if (column.cells === "number") return (cell) => cell;
  return (cell) => (cell === null || Number.isNaN(Date.parse(cell)) ? null : Date.parse(cell));
}

const MOST_CATEGORIES = 4; // that stand beside a chart

/** What stands beside the charts of a column, from the top down. */
export function heightsOf(column, { range }) {
  if (column.kind === "category") {
    const names = column.categories.length > MOST_CATEGORIES ? [column.categories.at(-1), column.categories[0]] : [...column.categories].reverse();
    return names;
  }
  return [range[1], range[0]].map((value) => (column.cells === "number" ? shown(value, range) : new Date(value).toISOString().slice(0, 10)));
}

/** A number with as many digits as its range asks for. */
function shown(value, [low, high]) {
  const spread = high - low || Math.abs(high) || 1;
  return number(value, Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(spread)))) * (Number.isInteger(low) && Number.isInteger(high) ? 0 : 1));
}

/** What a chart shows, in words. */
export function saidOf(column, series) {
  const cells = series.map((row) => row[column.position]).filter((cell) => cell !== null);
  if (!cells.length) return t("samples.said.nothing");
  const [first, last] = [cells[0], cells.at(-1)].map(String);
  if (column.cells !== "number") return t("samples.said.texts", { first, last, rows: series.length });
  const [lowest, highest] = [Math.min(...cells), Math.max(...cells)].map(String);
  return t("samples.said.numbers", { first, last, lowest, highest, rows: series.length });
}
