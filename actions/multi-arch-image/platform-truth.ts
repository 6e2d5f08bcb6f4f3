import type { Finding } from '../../lib/hosts/host.ts';
import { RegistryError } from '../../lib/registry/error.ts';
import { ImageFiles, ImageFilesError } from '../../lib/registry/image-files.ts';
import type { Descriptor, ImageManifest } from '../../lib/registry/manifest.ts';
import { formatPlatform, normalisePlatform, type Platform, samePlatform } from '../../lib/registry/platform.ts';
import { formatReference, type Repository } from '../../lib/registry/reference.ts';
import { ELF_ARCHITECTURES } from './elf.ts';
import type { StartConfig } from './entrypoint.ts';
import { type ImageReader, readImageConfig } from './image-config.ts';
import { mediaTypeProblems, unreadableLayer } from './media-types.ts';
import { type StartedFile, startChain } from './start-chain.ts';

/** What a look at one image of an index came to. */
export interface PlatformTruth {
  /** `found` is a sentence without a full stop that does not name the image. */
  readonly findings: readonly Finding[];
  /** The manifest, where it could be read. */
  readonly manifest?: ImageManifest;
  /** The program that starts, as far as it was found: `/usr/bin/node`. */
  readonly program?: string;
  /** Bytes of layers that were read, packed. */
  readonly bytesRead: number;
}

/**
 * Whether an image is what its descriptor says: the manifest has the type and the size, the configuration names the
 * platform, and so does the header of the program that starts. What is wrong is a finding with the status `problem`; a
 * registry that does not answer is one, too.
 *
 * @param descriptor of an image's manifest, with its platform
 * @param options `program: false` leaves the program out, so that no layer is read
 * @throws what the signal was aborted with
 */
export async function checkPlatformTruth(
  registry: ImageReader,
  repository: Repository,
  descriptor: Descriptor,
  options: { readonly program?: boolean; readonly signal?: AbortSignal } = {},
): Promise<PlatformTruth> {
  const findings: Finding[] = [];
  try {
    const manifest = await checkManifest(registry, repository, descriptor, findings);
    if (manifest === undefined) return { findings, bytesRead: 0 };
    const config = await readImageConfig(registry, repository, manifest);
    if (typeof config === 'string') {
      findings.push(problem('config', `It ${config}`));
      return { findings, manifest, bytesRead: 0 };
    }
    findings.push(comparePlatforms(config.platform, descriptor.platform));
    if (options.program === false) return { findings, manifest, bytesRead: 0 };
    const platform = normalisePlatform(descriptor.platform ?? config.platform);
    const skip = whyNoProgram(platform, manifest);
    if (skip !== undefined) {
      findings.push({ check: 'program', status: 'skipped', found: skip });
      return { findings, manifest, bytesRead: 0 };
    }
    const looked = await checkProgram(registry, repository, manifest, config.start, platform);
    return { ...looked, findings: [...findings, ...looked.findings], manifest };
  } catch (error) {
    options.signal?.throwIfAborted();
    return { findings: [...findings, readProblem('manifest', error)], bytesRead: 0 };
  }
}

/**
 * A registry that does not give what is asked for, as a finding.
 *
 * @throws every other error as it is
 */
export function readProblem(check: string, error: unknown): Finding {
  if (error instanceof ImageFilesError) return problem(check, error.message);
  if (!(error instanceof RegistryError)) throw error;
  const { what, next } = error.explanation;
  return { ...problem(check, what), ...(next === undefined ? {} : { next }) };
}

function problem(check: string, found: string): Finding {
  return { check, status: 'problem', found };
}

async function checkManifest(
  registry: ImageReader,
  repository: Repository,
  descriptor: Descriptor,
  findings: Finding[],
): Promise<ImageManifest | undefined> {
  const stored = await registry.manifest(repository, descriptor.digest);
  if (stored === undefined) {
    findings.push(problem('manifest', `It is not in ${formatReference(repository)}`));
    return undefined;
  }
  const { manifest, mediaType, bytes } = stored;
  if (manifest.kind === 'index') {
    findings.push(
      problem('manifest', 'It is itself an index, and an index in an index is not understood by every client'),
    );
    return undefined;
  }
  const problems = [
    ...(mediaType === descriptor.mediaType
      ? []
      : [`The index lists it as ${descriptor.mediaType}, but it is ${mediaType}`]),
    ...(bytes.length === descriptor.size
      ? []
      : [`The index lists it with ${descriptor.size} bytes, but it has ${bytes.length}`]),
    ...mediaTypeProblems(manifest),
  ];
  findings.push(
    ...(problems.length === 0
      ? [{ check: 'manifest', status: 'ok', found: `${mediaType}, ${bytes.length} bytes` } as const]
      : problems.map((found) => problem('manifest', found))),
  );
  return manifest;
}

function comparePlatforms(config: Platform, listed: Platform | undefined): Finding {
  const says = formatPlatform(normalisePlatform(config));
  if (listed === undefined)
    return problem('config', `The index lists it without a platform; its configuration says ${says}`);
  if (samePlatform(config, listed)) return { check: 'config', status: 'ok', found: says };
  return problem(
    'config',
    `The index lists it as ${formatPlatform(normalisePlatform(listed))}, but its configuration says ${says}`,
  );
}

/** Programs of other systems are no ELF files. Source: Go, `GOOS` values whose linker writes ELF. */
const ELF_SYSTEMS: readonly string[] = ['linux', 'freebsd', 'netbsd', 'openbsd', 'dragonfly', 'solaris', 'illumos'];

function whyNoProgram({ os, architecture }: Platform, manifest: ImageManifest): string | undefined {
  if (!ELF_SYSTEMS.includes(os)) return `Programs of ${os} are not looked at`;
  if (!ELF_ARCHITECTURES.has(architecture)) return `How programs for ${architecture} look is not known`;
  return unreadableLayer(manifest);
}

async function checkProgram(
  registry: ImageReader,
  repository: Repository,
  manifest: ImageManifest,
  start: StartConfig | undefined,
  platform: Platform,
): Promise<Pick<PlatformTruth, 'findings' | 'program' | 'bytesRead'>> {
  if (start === undefined) {
    const found =
      "The configuration cannot be started: 'Entrypoint', 'Cmd', 'Env' or 'WorkingDir' has another type than it must have";
    return { findings: [problem('program', found)], bytesRead: 0 };
  }
  const files = new ImageFiles(manifest.layers, (layer) => registry.openBlob(repository, layer));
  try {
    const chain = await startChain(files, start);
    const wrong = chain.files.flatMap((file) => whyWrong(file, platform) ?? []);
    const problems = [...wrong, ...(chain.problem === undefined ? [] : [chain.problem])];
    const [first] = chain.files;
    return {
      findings: problems.length > 0 ? problems.map((found) => problem('program', found)) : [describeChain(chain.files)],
      ...(first === undefined ? {} : { program: first.path }),
      bytesRead: files.bytesRead,
    };
  } catch (error) {
    return { findings: [readProblem('program', error)], bytesRead: files.bytesRead };
  } finally {
    await files.close();
  }
}

function whyWrong({ path, kind }: StartedFile, platform: Platform): string | undefined {
  if (kind.format === 'script') return undefined;
  if (kind.format === 'other') return `${path} is ${kind.what}`;
  const { architecture, machine, isProgram } = kind.header;
  if (!isProgram) return `${path} is an ELF file, but no program`;
  if (architecture === platform.architecture) return undefined;
  return `${path} is a program for ${architecture ?? 'another machine'} (${machine}), but the image is for ${formatPlatform(platform)}`;
}

function describeChain(files: readonly StartedFile[]): Finding {
  if (files.length === 0) {
    return { check: 'program', status: 'skipped', found: 'The image names no program that starts' };
  }
  const found = files.map(
    ({ path, kind }) => `${path} (${kind.format === 'elf' ? kind.header.architecture : 'script'})`,
  );
  return { check: 'program', status: 'ok', found: found.join(', ') };
}
