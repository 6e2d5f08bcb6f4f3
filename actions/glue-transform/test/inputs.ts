import { type InputSpecs, input } from '../../../lib/operation/inputs.ts';
import { CHECK_INPUTS } from '../check/inputs.ts';

export const TEST_INPUTS = {
  transforms: CHECK_INPUTS.transforms,
  tests: input.paths({
    description:
      "Folders and files with tests for pytest. Without it, the folders 'tests' and 'test' in the folders of the transforms and beside them.",
  }),
  'glue-versions': {
    ...CHECK_INPUTS['glue-versions'],
    description: 'The Glue versions whose Spark and Python the tests run on, one after the other.',
    default: '[5.1]',
  },
  'when-missing': input.choice({
    description:
      "What to do about a Glue version whose Python or Java is not on this machine: 'fail', or only 'check' the transforms for it, without a test.",
    options: ['fail', 'check'],
    default: 'fail',
  }),
  untested: input.choice({
    description:
      "What a transform without a test is. A test belongs to the transform after which its file is named: 'test_<name>.py', 'test_<name>_<more>.py' or '<name>_test.py'.",
    options: ['warn', 'fail', 'ignore'],
    default: 'warn',
  }),
  select: input.string({
    description: "Run only tests whose names match this expression, as 'pytest -k' takes it.",
  }),
  requirements: input.path({
    description:
      "File with what the tests need beside Spark, pytest and boto3, in the format of pip, each package as a wheel; for example 'pandas==2.2.3', which Glue brings by itself.",
  }),
  timeout: input.duration({
    description:
      'The longest that the tests of one Glue version may take. What runs then is stopped, and the report says where it was.',
    default: '20m',
  }),
  cores: input.integer({
    description: "How many tasks Spark runs at the same time, from 1 to 64: the n of its master 'local[n]'.",
    default: '2',
    min: 1,
    max: 64,
  }),
} as const satisfies InputSpecs;

export const TEST_OUTPUTS = {
  status: "'passed'; 'failed'; 'checked' when no Glue version could be run here, so that no test has run.",
  transforms: 'How many transforms there are.',
  tests: 'How many tests there are, counted for each Glue version, without those that are not selected.',
  passed: 'How many of them passed.',
  failed: 'How many of them failed, or did not run because of a failure.',
  skipped: 'How many of them were skipped, or failed as expected.',
  untested: 'How many transforms have no test.',
  versions: 'The Glue versions that the tests ran on, separated by commas.',
  'versions-missing': 'The Glue versions that could not be run here, separated by commas.',
  junit: 'Path of the results as JUnit XML.',
} as const;
