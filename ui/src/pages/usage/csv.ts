// Tables as CSV files (RFC 4180), safe to open in a spreadsheet.

export type Cell = string | number;

// A spreadsheet takes a cell that begins like this for a formula; names of conversations come from anybody.
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: Cell): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toCsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}
