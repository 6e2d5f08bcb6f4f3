import path from 'node:path';
import { OperationFailed, Refused } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import { jobEnvironment } from '../../../lib/hosts/job-environment.ts';
import type { Context, Outcome } from '../../../lib/operation/define.ts';
import { connectRegistry } from '../../../lib/registry/connect.ts';
import type { Digest } from '../../../lib/registry/digest.ts';
import { pushLayout } from '../../../lib/registry/layout.ts';
import { formatPlatform, samePlatform } from '../../../lib/registry/platform.ts';
import { formatReference, parseRepository, type Repository } from '../../../lib/registry/reference.ts';
import { code, table } from '../../../lib/report/markdown.ts';
import type { BUILD_OUTPUTS, BuildContext } from '../build.ts';
import type { BuildOptions } from '../builders/builder.ts';
import { builderOf } from '../builders/builder-of.ts';
import { toolVersion } from '../builders/tool-version.ts';
import { imageOf } from '../image.ts';
import { platformOf } from '../image-inputs.ts';
import { type LayoutImage, layoutReader, readLayoutImage } from '../layout-image.ts';
import { isNative, machineArchitecture } from '../machine.ts';
import { checkPlatformTruth } from '../platform-truth.ts';
import { type BuildRecord, recordJson, recordName } from '../records.ts';
import { type ChosenTool, toolFor } from '../tool-choice.ts';
import { redactor, runToolOrFail } from '../tool-command.ts';
import { toolLogins } from '../tool-logins.ts';
import { cleanUp as cleanUpPlace, inWorkPlace, type WorkPlace } from '../work-directory.ts';
import { type CheckedBuild, checkBuild } from './checks.ts';
import { originOf, sourceDateEpoch } from './metadata.ts';

interface Prepared {
  readonly image: Repository;
  readonly tool: ChosenTool;
  readonly checked: CheckedBuild;
  readonly options: Omit<BuildOptions, 'layout' | 'name'>;
  readonly commit: string | undefined;
}

interface Built {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
  /** With its version. */
  readonly tool: string;
}

/** Looks at everything that can be wrong before a tool starts. */
export async function prepare(context: BuildContext): Promise<Prepared> {
  const { inputs, workspace, host } = context;
  const environment = jobEnvironment();
  const checked = await checkBuild(inputs, workspace, environment);
  const image = await imageOf(inputs, host);
  const surroundings = await host.surroundings();
  const epoch = inputs.reproducible ? await sourceDateEpoch(workspace, environment) : undefined;
  const origin = originOf(surroundings, epoch);
  return {
    image,
    tool: toolFor(inputs, environment),
    checked,
    commit: surroundings.commit,
    options: {
      context: checked.context,
      file: checked.file,
      platform: platformOf(inputs.platform),
      target: inputs.target,
      buildArgs: inputs['build-args'],
      secrets: checked.secrets,
      labels: { ...origin, ...inputs.labels },
      annotations: { ...origin, ...inputs.annotations },
      cacheFrom: inputs['cache-from'].map(parseRepository),
      cacheTo: inputs['cache-to'].map(parseRepository),
      epoch,
      pullBase: inputs['pull-base'],
    },
  };
}

/** Builds into a folder of this machine, looks at the result, and pushes it. */
export async function execute(context: BuildContext, prepared: Prepared): Promise<Built> {
  const { log, signal } = context;
  const { tool, options, image } = prepared;
  const version = await toolVersion(tool, signal);
  log.info(`Building ${formatPlatform(options.platform)} with ${version}.`);
  warn(context, prepared);
  return await inWorkPlace(context, { tool, commands: cleaning }, async (place) => {
    const layout = path.join(place.directory, 'layout');
    await runBuild(context, prepared, { ...options, layout, name: place.name }, place);
    const built = await readLayoutImage(layout);
    await checkPlatform(context, layout, built, prepared);
    await log.group(`Push to ${formatReference(image)}`, async () => {
      await withRegistry(context, (registry) => pushLayout(registry, layout, image));
      log.info(`Pushed ${built.stored.digest}.`);
    });
    const { digest, mediaType, bytes } = built.stored;
    return { digest, mediaType, size: bytes.length, tool: version };
  });
}

async function runBuild(
  context: BuildContext,
  { tool, checked }: Prepared,
  options: BuildOptions,
  place: WorkPlace,
): Promise<void> {
  const { log, signal, inputs } = context;
  const registries = [
    ...inputs.registries.map((text) => text.toLowerCase()),
    ...[...options.cacheFrom, ...options.cacheTo].map(({ registry }) => registry),
  ];
  const logins = await toolLogins(context, tool.name, registries, place.directory, jobEnvironment());
  // What has several lines is no word that a host could hide.
  for (const value of checked.secretValues) if (!/[\r\n]/.test(value)) context.host.mask(value);
  const redact = redactor(checked.secretValues);
  await log.group(`Build with ${tool.name}`, async () => {
    for (const command of builderOf(tool).build(options)) {
      await runToolOrFail({ ...command, environment: { ...command.environment, ...logins } }, { log, signal, redact });
    }
  });
}

/**
 * Whether the image is of the platform, by its configuration and by the header of the program that it starts. A
 * `FROM --platform=…`, a base image by the digest of one platform, or a program that was copied in makes another one in
 * silence (buildah and BuildKit write the platform that was asked for into the configuration, whatever the base image is),
 * and an index would pass the lie on.
 *
 * @throws Refused
 */
async function checkPlatform(
  { signal }: BuildContext,
  layout: string,
  built: LayoutImage,
  { image, options }: Prepared,
): Promise<void> {
  const { platform, file } = options;
  const { digest, mediaType, bytes } = built.stored;
  const problems = samePlatform(built.platform, platform)
    ? await programProblems()
    : [`its configuration says ${formatPlatform(built.platform)}`];
  if (problems.length === 0) return;
  throw new Refused({
    what: `The build for ${formatPlatform(platform)} made another image, and it was not pushed: ${problems.join('; ')}`,
    cause: `'${path.basename(file)}' fixes the platform of its last stage ('FROM --platform=…', or a base image by the digest of one platform), or copies a program of another one`,
    next: "Let the last stage follow the platform that is asked for: leave '--platform' out, or write '--platform=$TARGETPLATFORM', and take programs by $TARGETARCH",
  });

  async function programProblems(): Promise<string[]> {
    const descriptor = { digest, mediaType, size: bytes.length, platform };
    const { findings } = await checkPlatformTruth(layoutReader(layout, built), image, descriptor, { signal });
    return findings.filter(({ status }) => status === 'problem').map(({ found }) => found);
  }
}

function warn({ log, inputs }: BuildContext, { options, tool }: Prepared): void {
  const machine = machineArchitecture();
  if (!isNative(machine, options.platform)) {
    log.warning(
      `This machine is ${machine}: what the build runs for ${formatPlatform(options.platform)} is emulated, or cannot run at all. A runner of that architecture is quicker.`,
    );
  }
  const usesCache = options.cacheFrom.length > 0 || options.cacheTo.length > 0;
  if (usesCache && options.epoch !== undefined && (tool.name === 'buildah' || tool.name === 'podman')) {
    log.warning(`${tool.name} uses no cache for a reproducible build: its layers have the times of other builds.`);
  }
  const telling = Object.keys(inputs['build-args']).filter((name) => /(TOKEN|PASSWORD|SECRET)/i.test(name));
  if (telling.length > 0) {
    log.warning(`Build arguments stay readable in the image: if ${telling.join(', ')} is a secret, use 'secrets'.`);
  }
}

/** Reads back what was pushed, and leaves the record. */
export async function confirm(
  context: BuildContext,
  { image, options, commit }: Prepared,
  { digest, mediaType, size, tool }: Built,
): Promise<Outcome<keyof typeof BUILD_OUTPUTS>> {
  await withRegistry(context, async (registry) => {
    if ((await registry.resolve(image, digest)) === digest) return;
    throw new OperationFailed({
      what: `${formatReference({ ...image, digest })} was pushed, and the registry does not have it`,
      cause: 'the registry removes untagged images at once, or something else removed it',
      next: 'Look at the rules of the registry for untagged images, and run again',
    });
  });
  const { platform } = options;
  const record: BuildRecord = {
    kind: 'build',
    image,
    platform,
    digest,
    mediaType,
    size,
    ...(commit === undefined ? {} : { commit }),
    tool,
  };
  const file = await context.host.record(recordName(record), recordJson(record));
  const pushed = formatReference({ ...image, digest });
  return {
    summary: `Built ${formatPlatform(platform)}: ${pushed}`,
    outputs: {
      digest,
      image: pushed,
      platform: formatPlatform(platform),
      record: path.relative(context.workspace, file),
    },
    report: [
      `### Built: ${code(formatPlatform(platform))}`,
      table(['Image', 'Digest', 'With'], [[code(formatReference(image)), code(digest), code(tool)]]),
    ].join('\n\n'),
    result: recordJson(record),
  };
}

/** After a job that was killed. */
export async function cleanUp(state: Json, { log }: Pick<Context, 'log'>): Promise<void> {
  await cleanUpPlace<ChosenTool>(state, cleaning, log);
}

function cleaning(tool: ChosenTool, { name }: WorkPlace) {
  return builderOf(tool).clean(name);
}

async function withRegistry<Result>(
  context: BuildContext,
  work: (registry: ReturnType<typeof connectRegistry>) => Promise<Result>,
): Promise<Result> {
  const registry = connectRegistry(context);
  try {
    return await work(registry);
  } finally {
    registry.close();
  }
}
