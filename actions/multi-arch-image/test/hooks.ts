import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { OperationFailed, Refused } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import { jobEnvironment } from '../../../lib/hosts/job-environment.ts';
import type { Context, Outcome } from '../../../lib/operation/define.ts';
import { connectRegistry } from '../../../lib/registry/connect.ts';
import type { Digest } from '../../../lib/registry/digest.ts';
import { pullLayout } from '../../../lib/registry/layout.ts';
import type { Descriptor } from '../../../lib/registry/manifest.ts';
import { formatPlatform, type Platform, samePlatform } from '../../../lib/registry/platform.ts';
import { formatReference, type Repository } from '../../../lib/registry/reference.ts';
import type { Registry } from '../../../lib/registry/registry.ts';
import { code, table } from '../../../lib/report/markdown.ts';
import { engineArchitecture } from '../builders/engine-architecture.ts';
import { toolVersion } from '../builders/tool-version.ts';
import { imageOf } from '../image.ts';
import { readImageConfig } from '../image-config.ts';
import { platformOf } from '../image-inputs.ts';
import { readLayoutImage } from '../layout-image.ts';
import { execution } from '../machine.ts';
import { recordJson, recordName, type TestRecord } from '../records.ts';
import type { TEST_OUTPUTS, TestContext } from '../test.ts';
import { type ChosenTool, toolFor } from '../tool-choice.ts';
import { runTool, runToolOrFail } from '../tool-command.ts';
import { toolLogins } from '../tool-logins.ts';
import { cleanUp as cleanUpPlace, inWorkPlace, type WorkPlace } from '../work-directory.ts';
import { checkTest } from './checks.ts';
import { type TestOptions, testCleaning, testPlan } from './plan.ts';
import { digestToTest } from './subject.ts';

interface Prepared {
  readonly image: Repository;
  readonly platform: Platform;
  readonly digest: Digest;
  readonly mount: string | undefined;
  readonly tool: ChosenTool;
  readonly emulated: boolean;
}

interface Tested {
  readonly record: TestRecord;
  /** Path of the record's file. */
  readonly file: string;
  readonly lastLines: readonly string[];
  readonly timedOut: boolean;
}

/** Finds what is to be tested, and whether this machine can. */
export async function prepare(context: TestContext): Promise<Prepared> {
  const { inputs, workspace, host, signal } = context;
  const mount = await checkTest(inputs, workspace);
  const image = await imageOf(inputs, host);
  const platform = platformOf(inputs.platform);
  const digest = await digestToTest(inputs.digest, inputs.records, image, platform);
  const environment = jobEnvironment();
  const tool = toolFor(inputs, environment);
  const machine = await engineArchitecture(tool, environment, signal);
  const emulated = await isEmulated(context, machine, platform);
  return { image, platform, digest, mount, tool, emulated };
}

/** @throws Refused where the machine cannot run the platform, or may only emulate it */
async function isEmulated(
  { inputs, log }: TestContext,
  machine: { readonly architecture: string; readonly isThisOne: boolean },
  platform: Platform,
): Promise<boolean> {
  const asked = formatPlatform(platform);
  const { architecture } = machine;
  const how = machine.isThisOne ? await execution(architecture, platform) : await execution(architecture, platform, '');
  if (how === 'native') return false;
  if (!inputs['allow-emulation']) {
    throw new Refused({
      what: `This machine is ${architecture} and does not run ${asked} by itself; the test was not run`,
      cause: 'the job is on a runner of another architecture',
      next: `Run this job on a runner of ${asked}, or accept an emulated test with 'allow-emulation: true'`,
    });
  }
  if (how === 'never') {
    throw new Refused({
      what: `This machine is ${architecture}, and no emulator for ${asked} is registered that works in a container`,
      cause: 'binfmt_misc has no entry for it with the flag F',
      next: "Register one on the machine (Debian: 'apt-get install qemu-user-static binfmt-support'), or use a runner of that architecture",
    });
  }
  log.warning(`The test of ${asked} is emulated on ${architecture}; the record says so.`);
  return true;
}

/** Runs the test and leaves its record, also of a test that failed. */
export async function execute(context: TestContext, prepared: Prepared): Promise<Tested> {
  const { tool } = prepared;
  const version = await toolVersion(tool, context.signal);
  return await inWorkPlace(context, { tool, commands: testCleaning }, async (place) => {
    const config = await pull(context, prepared, place);
    const run = await runTest(context, prepared, config, place);
    const record: TestRecord = {
      kind: 'test',
      image: prepared.image,
      platform: prepared.platform,
      digest: prepared.digest,
      command: context.inputs.command,
      exitCode: run.exitCode,
      duration: run.duration,
      emulated: prepared.emulated,
      tool: version,
    };
    const file = await context.host.record(recordName(record), recordJson(record));
    return { record, file, lastLines: run.lastLines, timedOut: run.timedOut };
  });
}

/**
 * Fetches exactly this digest, and looks whether it is of the platform. For Docker, which fetches it itself by the same
 * digest, the configuration is enough.
 *
 * @returns the image's configuration
 */
async function pull(
  context: TestContext,
  { image, digest, platform, tool }: Prepared,
  { directory }: WorkPlace,
): Promise<Descriptor> {
  const name = formatReference({ ...image, digest });
  const { manifest, platform: found } = await context.log.group(`Pull ${name}`, async () => {
    const registry = connectRegistry(context);
    try {
      if (tool.name === 'docker') return await readImage(registry, image, digest);
      const layout = path.join(directory, 'layout');
      await pullLayout(registry, image, digest, layout);
      return await readLayoutImage(layout);
    } finally {
      registry.close();
    }
  });
  if (samePlatform(found, platform)) return manifest.config;
  throw new Refused({
    what: `${name} is an image for ${formatPlatform(found)}, not for ${formatPlatform(platform)}; the test was not run`,
    cause: "'digest' or the record names the image of another platform",
    next: 'Test each platform by the record of its own build',
  });
}

async function readImage(registry: Registry, image: Repository, digest: Digest) {
  const manifest = (await registry.manifest(image, digest))?.manifest;
  const config = manifest?.kind === 'manifest' ? await readImageConfig(registry, image, manifest) : 'is not there';
  if (typeof config === 'object' && manifest?.kind === 'manifest') return { manifest, platform: config.platform };
  throw new OperationFailed({
    what: `${formatReference({ ...image, digest })} ${manifest?.kind === 'index' ? 'is an index and not one image' : config}`,
    cause: 'the digest is of something else, or the image was removed since it was built',
    next: 'Name the digest of the image of one platform, as the build told it',
  });
}

async function runTest(
  context: TestContext,
  { image, digest, platform, mount, tool }: Prepared,
  config: Descriptor,
  place: WorkPlace,
): Promise<{ exitCode: number; duration: number; lastLines: readonly string[]; timedOut: boolean }> {
  const { inputs, log, signal, clock } = context;
  const { command, environment, user } = inputs;
  const options: TestOptions = {
    ...{ image, digest, platform, mount, command, environment, user },
    configDigest: config.digest,
  };
  const plan = testPlan(tool, place, options);
  for (const [name, content] of Object.entries(plan.files)) {
    const file = path.join(place.directory, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  // The other tools get the image from our own client, and need no login.
  const registries = tool.name === 'docker' ? [image.registry] : [];
  const logins = await toolLogins(context, tool.name, registries, place.directory, jobEnvironment());
  for (const step of plan.prepare) {
    await runToolOrFail({ ...step, environment: { ...step.environment, ...logins } }, { signal });
  }
  return await log.group(`Test with ${tool.name}`, async () => {
    const began = clock.now().getTime();
    const result = await runTool(plan.run, { log, signal, timeout: inputs.timeout * 1000 });
    const duration = (clock.now().getTime() - began) / 1000;
    const exitCode = result.timedOut ? result.exitCode : plan.exitCode(result);
    if (exitCode !== undefined) return { ...result, exitCode, duration };
    throw new OperationFailed({
      what: [`${tool.name} could not run the test. Its last lines:`, ...result.lastLines].join('\n'),
      cause: 'what the tool says above',
      next: 'Correct it and run again',
    });
  });
}

/** The test's own end decides. */
export async function confirm(
  context: TestContext,
  { image, platform, digest }: Prepared,
  { record, file, lastLines, timedOut }: Tested,
): Promise<Outcome<keyof typeof TEST_OUTPUTS>> {
  const { exitCode, duration, emulated, command } = record;
  const tested = formatReference({ ...image, digest });
  const report = [
    `### ${exitCode === 0 ? 'Tested' : 'Test failed'}: ${code(formatPlatform(platform))}`,
    table(
      ['Image', 'Digest', 'Test', 'Exit code', 'Seconds', 'Emulated'],
      [
        [
          code(formatReference(image)),
          code(digest),
          code(command.join(' ')),
          String(exitCode),
          duration.toFixed(1),
          emulated ? 'yes' : 'no',
        ],
      ],
    ),
  ].join('\n\n');
  if (exitCode !== 0) {
    throw new OperationFailed({
      what: [
        timedOut
          ? `The test of ${tested} did not end in ${context.inputs.timeout} seconds`
          : `The test of ${tested} ended with ${exitCode}${lastLines.length === 0 ? '' : '. Its last lines:'}`,
        ...lastLines,
      ].join('\n'),
      cause: timedOut
        ? 'it hangs, or needs more time'
        : 'the image does not work on this platform, or the test is wrong',
      next: timedOut
        ? "Look at the log, or give more time with 'timeout'"
        : 'Look at the log; the record says what failed',
      data: { record: recordJson(record) },
      report,
    });
  }
  return {
    summary: `The test of ${tested} passed in ${duration.toFixed(1)} s${emulated ? ', emulated' : ''}.`,
    outputs: {
      digest,
      image: tested,
      platform: formatPlatform(platform),
      'exit-code': String(exitCode),
      emulated: String(emulated),
      record: path.relative(context.workspace, file),
    },
    report,
    result: recordJson(record),
  };
}

/** After a job that was killed. */
export async function cleanUp(state: Json, { log }: Pick<Context, 'log'>): Promise<void> {
  await cleanUpPlace<ChosenTool>(state, testCleaning, log);
}
