// What does not change in a series, asked for: a table that says nothing else.

/** Columns whose category a person may choose for whole series. */
export function choices(columns) {
  return (columns ?? []).filter(({ role, is_context: isContext, categories }) => role === "value" && isContext && categories.length > 1);
}

/** A table as CSV of one row, with nothing but what was chosen, a category by name of its column; "" where nothing was. */
export function tableOf(columns, context) {
  if (!Object.values(context).some(Boolean)) return "";
  const cells = columns.map(({ name, role }) => (role === "series" ? "1" : (context[name] ?? "")));
  return [columns.map(({ name }) => name), cells].map((row) => `${row.map(quoted).join(",")}\n`).join("");
}

const quoted = (text) => (text === "" ? "" : `"${text.replaceAll('"', '""')}"`);
