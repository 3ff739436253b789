/**
 * The table as a CSV file: columns, order and cells of `thomas-test batch --csv`
 * (app/batch/tables.py, app/csv_tables.py).
 *
 * @typedef {import("./rows.js").Row} Row
 * @typedef {[string, (string | number)[]][]} Columns  Name, and where in a result the value is.
 * @typedef {{delimiter: string, decimal: string, mark: boolean}} Style
 */

/** @type {Record<string, Style>} */
export const STYLES = {
  plain: { delimiter: ",", decimal: ".", mark: false },
  spreadsheet: { delimiter: ";", decimal: ",", mark: true },
};
/** Texts that a spreadsheet takes for a formula, also after the quotes that prevent it. */
const FORMULA = /^'*[=+\-@\t\r]/;
/** Columns of numbers with a decimal sign, also where it is a whole number. */
const DECIMAL = /_(deg|ms)$/;

/** @param {any} line @param {(string | number)[]} place @returns {any} */
function at(line, place) {
  return place.reduce((found, step) => found?.[step] ?? null, line);
}

/** @param {Row} row @returns {any} A line as in results.jsonl. */
export function lineOf({ file, person, leg, result, problem }) {
  const own = { path: file.name, subject: person || null, ...(leg ? { leg } : {}) };
  return result ? { ...result, ...own } : { ...own, error: problem };
}

/**
 * @param {any} line
 * @param {Columns} columns
 * @returns {any[]} The row's values, and its flags; null where there is nothing.
 */
export function valuesOf(line, columns) {
  const values = columns.map(([name, place]) => {
    const value = at(line, place);
    if (name === "open" && value) return value.join(" ");
    return name === "leg" && value === null ? line.leg ?? null : value;
  });
  return [...values, (line.flags ?? []).map((/** @type {any} */ flag) => flag.code).join(" ")];
}

/**
 * @param {any} value
 * @param {string} name  Of its column.
 * @param {Style} style
 * @returns {string}
 */
export function cell(value, name, { delimiter, decimal }) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") {
    const text = DECIMAL.test(name) && Number.isInteger(value) ? value.toFixed(1) : String(value);
    return quoted(text.replace(".", decimal), delimiter);
  }
  const text = String(value);
  return quoted(FORMULA.test(text) ? `'${text}` : text, delimiter);
}

/** @param {string} text @param {string} delimiter @returns {string} */
function quoted(text, delimiter) {
  const needed = [delimiter, '"', "\r", "\n"].some((one) => text.includes(one));
  return needed ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * @param {any[]} lines
 * @param {Columns} columns
 * @param {Style} style
 * @returns {string}
 */
export function csv(lines, columns, style) {
  const names = [...columns.map(([name]) => name), "flags"];
  const rows = lines.map((line) =>
    valuesOf(line, columns).map((value, place) => cell(value, names[place], style)));
  const text = [names, ...rows].map((cells) => `${cells.join(style.delimiter)}\n`).join("");
  return (style.mark ? "\ufeff" : "") + text;
}
