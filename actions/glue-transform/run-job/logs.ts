import type { Job, JobRun } from '@aws-sdk/client-glue';
import type { Partition } from '../../../lib/aws/partition.ts';
import type { Arguments } from './arguments.ts';

/** Where a run is shown, and where it wrote what went wrong. */
export interface RunPlaces {
  readonly group: string;
  /** Undefined where the names of streams are the job's own matter. */
  readonly stream: string | undefined;
  /** Shows the log at a terminal. */
  readonly command: string;
  /** Pages of the console; undefined in a partition whose console is not known here. */
  readonly logPage: string | undefined;
  readonly runPage: string | undefined;
}

const CONSOLES: Partial<Readonly<Record<Partition['id'], string>>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

export interface Ran {
  readonly job: Pick<Job, 'Command' | 'DefaultArguments'>;
  readonly name: string;
  readonly run: JobRun;
  readonly arguments: Arguments;
  readonly region: string;
  readonly partition: Partition;
}

/**
 * Where to look for a run. Pure.
 *
 * Source: Glue developer guide, "Logging for AWS Glue jobs", and Glue API reference, "JobRun", "LogGroupName".
 */
export function placesOf(ran: Ran): RunPlaces {
  const { name, run, region, partition } = ran;
  const id = run.Id ?? '';
  const group = `${groupOf(ran)}/error`;
  const stream = argumentOf(ran, '--custom-logStream-prefix') === undefined ? id : undefined;
  const host = CONSOLES[partition.id];
  const page = (service: string) => `https://${region}.${host}/${service}/home?region=${region}`;
  const inStream = stream === undefined ? [] : ['--log-stream-name-prefix', stream];
  return {
    group,
    stream,
    command: ['aws', 'logs', 'tail', group, ...inStream, '--since', '1d', '--region', region].map(quoted).join(' '),
    logPage:
      host === undefined
        ? undefined
        : `${page('cloudwatch')}#logsV2:log-groups/log-group/${twice(group)}${stream === undefined ? '' : `/log-events/${twice(stream)}`}`,
    runPage:
      host === undefined
        ? undefined
        : `${page('gluestudio')}#/job/${encodeURIComponent(name)}/run/${encodeURIComponent(id)}`,
  };
}

function groupOf(ran: Ran): string {
  const own = argumentOf(ran, '--custom-logGroup-prefix');
  if (own !== undefined) return own.replace(/\/$/, '');
  if (ran.job.Command?.Name === 'pythonshell') return '/aws-glue/python-jobs';
  return (ran.run.LogGroupName || '/aws-glue/jobs').replace(/\/$/, '');
}

function argumentOf({ arguments: given, job }: Ran, name: string): string | undefined {
  return (given[name] ?? job.DefaultArguments?.[name]) || undefined;
}

/** The console of CloudWatch decodes its addresses twice, and has a dollar sign for the first percent sign. */
function twice(text: string): string {
  return encodeURIComponent(encodeURIComponent(text)).replaceAll('%', '$');
}

/** A word for a POSIX shell. */
function quoted(word: string): string {
  return /^[\w./=:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
