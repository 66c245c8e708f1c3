// The axis that all charts of series share: time since the first row where the rows have time stamps, else rows.
import { number, t } from "../language/language.js";

const UNITS = [
  ["days", 86_400_000],
  ["hours", 3_600_000],
  ["minutes", 60_000],
  ["seconds", 1000],
];

/** Where the rows of a series stand, from where to where the axis goes, and what it says below. */
export function axisOf(columns, all) {
  const position = columns.findIndex(({ role }) => role === "order");
  const timed = position >= 0 && timedAxis(columns[position], position, all);
  if (timed) return timed;
  const most = Math.max(...all.map((series) => series.length));
  return { places: (series) => series.map((_, i) => i), span: [0, most - 1], label: t("samples.axis.rows", { most }) };
}

function timedAxis(column, position, all) {
  const read = column.cells === "number" ? (cell) => cell : (cell) => Date.parse(cell);
  const places = (series) => series.map((row) => read(row[position]) - read(series[0][position]));
  const last = Math.max(...all.map((series) => places(series).at(-1)));
  if (!(last > 0) || !all.every((series) => places(series).every((place) => place >= 0))) return null;
  return { places, span: [0, last], label: t("samples.axis.time", { name: column.name, most: durationOf(last, column) }) };
}

function durationOf(length, column) {
  if (column.cells === "number") return number(length, Number.isInteger(length) ? 0 : 2);
  const [unit, size] = UNITS.find(([, size]) => length >= 2 * size) ?? UNITS.at(-1);
  return t(`samples.duration.${unit}`, { count: number(length / size, length % size ? 1 : 0) });
}
