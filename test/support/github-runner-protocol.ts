/** An annotation as GitHub shows it. */
export interface RunnerAnnotation {
  readonly level: 'notice' | 'warning' | 'error';
  readonly message: string;
  readonly title?: string;
  readonly file?: string;
  readonly line?: number;
}

/**
 * Reads a runner's file: `name=value` lines, and `name<<delimiter` with the lines up to the delimiter.
 *
 * @throws Error, as the runner fails the step, for a line of neither form and for an entry without its end
 */
export function parseCommandFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (line === '') continue;
    const [, name = '', sign, rest = ''] = /^([^=]*?)(=|<<)(.*)$/.exec(line) ?? [];
    if (name === '') throw new Error(`Invalid line in a command file: ${line}`);
    if (sign === '=') {
      values[name] = rest;
      continue;
    }
    const end = lines.indexOf(rest, index + 1);
    if (end < 0) throw new Error(`The entry '${name}' does not end with ${rest}`);
    values[name] = lines.slice(index + 1, end).join('\n');
    index = end;
  }
  return values;
}

/** The annotations in a log: lines `::error file=a.ts,line=3::text`, unescaped. */
export function parseAnnotations(log: string): RunnerAnnotation[] {
  return log.split('\n').flatMap((line) => {
    const [, level, properties = '', message = ''] = /^::(notice|warning|error)(?: ([^:]*))?::(.*)$/.exec(line) ?? [];
    if (level === undefined) return [];
    const { title, file, line: number } = parseProperties(properties);
    return [
      {
        level: level as RunnerAnnotation['level'],
        message: unescapeText(message),
        ...(title === undefined ? {} : { title }),
        ...(file === undefined ? {} : { file }),
        ...(number === undefined ? {} : { line: Number(number) }),
      },
    ];
  });
}

function parseProperties(text: string): Record<string, string | undefined> {
  const pairs = text.split(',').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), unescapeText(pair.slice(pair.indexOf('=') + 1))]),
  );
}

function unescapeText(text: string): string {
  const signs: Record<string, string> = { '%0D': '\r', '%0A': '\n', '%3A': ':', '%2C': ',', '%25': '%' };
  return text.replace(/%0D|%0A|%3A|%2C|%25/g, (code) => signs[code] ?? code);
}
