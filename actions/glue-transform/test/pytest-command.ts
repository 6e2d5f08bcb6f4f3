import path from 'node:path';
import { childEnvironment } from '../../../engines/child-environment.ts';
import type { SparkEnvironment } from '../../../engines/spark/install.ts';

/** A call of pytest, computed apart from its execution. Nothing in it is secret. */
export interface PytestCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  /** All variables that the process gets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
}

export interface PytestRequest {
  readonly spark: Pick<SparkEnvironment, 'python' | 'variables'>;
  /** Absolute. */
  readonly workspace: string;
  /** Relative to the workspace. */
  readonly tests: readonly string[];
  /** Folders with transforms, relative to the workspace: a test imports them by name, as a job on Glue does. */
  readonly transformFolders: readonly string[];
  /** Folder with installed requirements, absolute. */
  readonly requirements: string | undefined;
  readonly select: string | undefined;
  readonly cores: number;
  /** A folder for what must not be left in the workspace. */
  readonly temporary: string;
}

/** The descriptor on which the plugin tells its events. */
export const EVENTS_DESCRIPTOR = 3;

/** The call of pytest for one Glue version. */
export function pytestCommand(request: PytestRequest): PytestCommand {
  const { spark, workspace, tests, transformFolders, requirements, select, cores, temporary } = request;
  const absolute = (file: string) => path.join(workspace, file);
  const none = path.join(temporary, 'none');
  return {
    program: spark.python,
    arguments: [
      ...['-m', 'pytest', '-p', 'glue_tests', '-q', '--color=no'],
      // A file that cannot be imported hides its own tests only.
      '--continue-on-collection-errors',
      `--rootdir=${workspace}`,
      // Not without its cache plugin: options such as --ff in the team's pytest.ini belong to that.
      ...['-o', `cache_dir=${path.join(temporary, 'cache')}`],
      ...(select === undefined ? [] : [`-k${select}`]),
      ...tests.map(absolute),
    ],
    environment: childEnvironment({
      ...spark.variables,
      PYTHONPATH: [
        spark.variables.PYTHONPATH,
        ...transformFolders.map(absolute),
        ...(requirements === undefined ? [] : [requirements]),
      ].join(path.delimiter),
      PYTHONDONTWRITEBYTECODE: '1',
      HEADGATE_SPARK_MASTER: `local[${cores}]`,
      HEADGATE_TEST_EVENTS: String(EVENTS_DESCRIPTOR),
      TMPDIR: temporary,
      SPARK_LOCAL_DIRS: temporary,
      // No credentials of the job: not from the environment, which is not handed on, nor from files or the machine's role.
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_SHARED_CREDENTIALS_FILE: none,
      AWS_CONFIG_FILE: none,
    }),
    directory: workspace,
  };
}
