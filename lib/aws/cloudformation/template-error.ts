import { HeadgateError } from '../../errors.ts';

/** One thing that is wrong with a template or with a file that it names; fit for an annotation on file and line. */
export interface TemplateProblem {
  /** Path for people, relative to the workspace. */
  readonly file: string;
  /** Counted from 1, as editors do. */
  readonly line?: number;
  readonly column?: number;
  /** Logical id of the resource, where the problem belongs to one. */
  readonly resource?: string;
  /** Dotted path of the property below `Properties`. */
  readonly property?: string;
  readonly message: string;
}

const SHOWN = 20;

/** A template that cannot be deployed as it is written. All problems together (exit code 2). */
export class TemplateError extends HeadgateError {
  readonly problems: readonly TemplateProblem[];

  constructor(problems: readonly TemplateProblem[]) {
    const shown = problems.slice(0, SHOWN);
    const more = problems.length - shown.length;
    super(
      {
        what: [...shown.map(problemLine), ...(more > 0 ? [`and ${more} more`] : [])].join('\n'),
        next: 'Correct the template and run again; nothing was changed',
        data: { problems: shown },
      },
      { exitCode: 2 },
    );
    this.problems = problems;
  }
}

function problemLine({ file, line, column, resource, property, message }: TemplateProblem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const subject = [resource, property].filter((part) => part !== undefined).join('.');
  return `${place}: ${subject === '' ? '' : `${subject}: `}${message}`;
}

/** Line and column, counted from 1, of an offset in UTF-16 code units. A byte order mark takes no column. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const lines = before.split('\n');
  const last = lines.at(-1) ?? '';
  const mark = lines.length === 1 && last.startsWith('\uFEFF') ? 1 : 0;
  return { line: lines.length, column: last.length - mark + 1 };
}
