import { posix } from 'node:path';
import type { Job } from './job.ts';

/** The arguments of a run. AWS Glue developer guide, "Job parameters": those of the run replace the job's, but not all. */
export function mergeArguments(job: Job, own: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...job.arguments, ...own, ...job.fixedArguments };
}

/** What the script gets. Python shell jobs are not told their name. */
export function commandLine(
  { commandName, name }: Job,
  runId: string,
  given: Readonly<Record<string, string>>,
): string[] {
  const own = commandName === 'pythonshell' ? {} : { '--JOB_NAME': name, '--JOB_RUN_ID': runId };
  return Object.entries({ ...own, ...given }).flat();
}

/** The addresses in `--extra-py-files` or `--extra-files`, which have commas between them. */
export function addresses(given: Readonly<Record<string, string>>, name: string): string[] {
  const listed = (given[name] ?? '').split(',').map((address) => address.trim());
  return listed.filter((address) => address !== '');
}

export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
  /** The file's name. */
  readonly name: string;
}

/** @throws Error when it is not the address of an object */
export function readAddress(address: string): ObjectAddress {
  const [, bucket, key] = /^s3[an]?:\/\/([^/]+)\/(.+)$/.exec(address) ?? [];
  const name = posix.basename(key ?? '');
  if (bucket === undefined || key === undefined || key.endsWith('/') || name === '.' || name === '..') {
    throw new Error(`'${address}' is not the address of an object in S3, such as s3://bucket/folder/file.py.`);
  }
  return { bucket, key, name };
}

/** Arguments that change what a job runs with on Glue, and nothing here. */
const WITHOUT_EFFECT = ['--additional-python-modules', '--extra-jars', '--datalake-formats', '--conf'];

/** A line for each argument that a user may rely on and that does nothing here. */
export function notes(given: Readonly<Record<string, string>>): string[] {
  return WITHOUT_EFFECT.filter((name) => given[name]).map(
    (name) => `The local AWS does nothing about ${name} ${given[name]}.`,
  );
}
