// Durations as `log()` in functions.sh of aws-samples/redshift-benchmarks (f986d91) prints them, and what becomes of them
// in a column of type timestamp. Written from the shell code and PostgreSQL's rules, not from the code that is tested.

/** `printf "1970-01-01 %02d:%02d:%02d.%03d" $((S/3600%24)) $((S/60%60)) $((S%60)) $M`, where M is the whole time in milliseconds. */
export function scriptTime(ms: number): string {
  return `${clockOf(Math.floor(ms / 1000))}.${String(ms).padStart(3, '0')}`;
}

/** The text of `scriptTime`, read as a timestamp and shown again: six digits, rounded or cut, without zeros at the end. */
export function columnTime(ms: number, end: 'round' | 'cut' = 'round'): string {
  const seconds = Math.floor(ms / 1000) % 86_400;
  const digits = String(ms).padStart(3, '0');
  const micros = end === 'round' ? toEven(Number(`0.${digits}`) * 1e6) : Number(digits.padEnd(6, '0').slice(0, 6));
  return shown(seconds * 1_000_000 + micros);
}

/** A duration where it belongs, as a repaired script or a correct table has it. */
export function correctTime(ms: number): string {
  return shown(Math.round(ms * 1000));
}

/** PostgreSQL rounds a half to the even side (`rint`); seen with PostgreSQL 15. */
function toEven(value: number): number {
  const rounded = Math.round(value);
  return value % 1 === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}

function shown(micros: number): string {
  const fraction = String(micros % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${clockOf(Math.floor(micros / 1_000_000))}${fraction === '' ? '' : `.${fraction}`}`;
}

function clockOf(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `1970-01-01 ${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
