// Series as text: a step a line, its numbers between commas.

/** What a text of a series is wrong in: the number of its line, from 1, and which key of the dictionary says what. */
export class WrongLine extends Error {
  constructor(line, key) {
    super(`line ${line}: ${key}`);
    Object.assign(this, { line, key });
  }
}

/**
 * Read a series, (T, I): JSON, or lines of numbers between commas, semicolons, tabs or spaces, of which the first may be
 * a header. One line alone is a series of one feature where that is what is asked for.
 *
 * Throws a WrongLine.
 */
export function parseSeries(text, features) {
  const lines = text.trim().startsWith("[") ? linesOfJson(text) : linesOf(text);
  if (lines.length > 1 && lines[0].cells.some(isWord)) lines.shift();
  const isOneRow = features === 1 && lines.length === 1;
  const rows = isOneRow ? lines[0].cells.map((cell) => ({ line: lines[0].line, cells: [cell] })) : lines;
  for (const { line, cells } of rows) {
    if (cells.some(isWord)) throw new WrongLine(line, "series.wrong.number");
    if (cells.length !== features) throw new WrongLine(line, "series.wrong.count");
  }
  return rows.map(({ cells }) => cells.map((cell) => (isGap(cell) ? null : Number(cell))));
}

export function writeSeries(series) {
  return series.map((step) => step.map((value) => value ?? "").join(", ")).join("\n");
}

function linesOf(text) {
  const lines = text.split(/\r?\n/).map((content, number) => ({ content: content.trim(), line: number + 1 }));
  return lines.filter(({ content }) => content).map(({ content, line }) => ({ line, cells: cellsOf(content) }));
}

function cellsOf(line) {
  const separator = [",", ";", "\t"].find((mark) => line.includes(mark));
  return line.split(separator ?? /\s+/).map((cell) => cell.trim());
}

function linesOfJson(text) {
  let steps;
  try {
    steps = JSON.parse(text);
  } catch {
    throw new WrongLine(1, "series.wrong.json");
  }
  return steps.map((step, number) => ({ line: number + 1, cells: [step].flat().map((value) => String(value ?? "")) }));
}

const isGap = (cell) => ["", "null", "nan", "na", "?"].includes(cell.toLowerCase());
const isWord = (cell) => !isGap(cell) && !Number.isFinite(Number(cell));
