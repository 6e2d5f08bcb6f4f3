import { type InputSpecs, input } from '../../../lib/operation/inputs.ts';
import { GLUE_VERSIONS } from '../transforms/facts/glue-versions.ts';
import { either } from '../transforms/words.ts';

export const CHECK_INPUTS = {
  transforms: input.paths({
    description:
      "Folders, or single definitions. A folder is searched for JSON files with a Python file of the same name, with its folders, but not in 'test', 'tests' and hidden ones.",
    default: 'transforms',
  }),
  'glue-versions': input.list({
    description: 'The Glue versions that the Python files shall run on.',
    default: `[${GLUE_VERSIONS.join(', ')}]`,
    check: (entry) =>
      GLUE_VERSIONS.some((version) => version === entry)
        ? undefined
        : `is no Glue version that is known here; write ${either(GLUE_VERSIONS)}`,
  }),
  fix: input.boolean({
    description:
      'Correct in the files what is certain: blanks around displayed texts, a byte order mark, and a validation type that is not written.',
    default: 'false',
  }),
  'warnings-as-errors': input.boolean({
    description: 'Fail the step for warnings too.',
    default: 'false',
  }),
} as const satisfies InputSpecs;

export const CHECK_OUTPUTS = {
  status: "'passed' or 'failed'.",
  transforms: 'How many definitions were checked.',
  errors: 'How many errors were found.',
  warnings: 'How many warnings were found.',
  fixed: 'How many corrections were written.',
  sarif: 'Path of the findings as SARIF, for code scanning.',
  'code-quality':
    "Path of the findings as a code quality report. On GitLab it is the report that every operation's template uploads.",
} as const;
