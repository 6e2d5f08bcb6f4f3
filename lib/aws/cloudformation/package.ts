import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { quote } from '../../operation/inputs.ts';
import { type Asset, type LocalContent, readContent } from './assets.ts';
import { AssetError, isInside } from './assets-folder.ts';
import { readTemplate, resolvePath } from './package-files.ts';
import { type Locate, type PlacedPackage, placeTemplates, type Target, type TemplatePlan } from './package-place.ts';
import { type LocalReference, localReferences } from './package-properties.ts';
import type { Template } from './template.ts';
import { type RequiredCapability, requiredCapabilities } from './template-capabilities.ts';
import { lineAndColumn, TemplateError, type TemplateProblem } from './template-error.ts';
import { openVerified, openZip } from './zip.ts';

export type { Asset } from './assets.ts';
export type { AssetLocation, Locate, PlacedPackage } from './package-place.ts';

export interface OpenedAsset {
  readonly stream: Readable;
  /** Bytes that the stream will give. */
  readonly length: number;
}

export interface PackagePlan {
  readonly template: Template;
  /** The templates of nested stacks that lie in the workspace. */
  readonly nested: readonly Template[];
  /** Local code. The same wherever it is put; nested templates are not among them. */
  readonly assets: readonly Asset[];
  /** Of the template and its nested ones. */
  readonly capabilities: readonly RequiredCapability[];
  /** Remarks that stop nothing. */
  readonly notes: readonly string[];
  /**
   * Computes all texts bottom up: a nested template is named by the hash of its rewritten text.
   *
   * @throws TemplateError when a rewritten template is too large
   */
  readonly place: (locate: Locate) => PlacedPackage;
  /** The rewritten template alone. */
  readonly templateText: (locate: Locate) => string;
  /**
   * Opens an asset for reading; each call gives a new stream. A zip is made now, in a temporary file that is gone by
   * the time this returns. The stream fails when a file changed since it was hashed.
   */
  readonly open: (asset: Asset, signal?: AbortSignal) => Promise<OpenedAsset>;
}

/** Unzipped size limit of a Lambda function with its layers: 250 MB (AWS Lambda quotas). */
const LAMBDA_UNZIPPED_BYTES = 250 * 1024 * 1024;

/**
 * Finds the local code and nested templates that a template names, and hashes them. Nothing is written.
 *
 * @param templateFile absolute, or relative to the workspace
 * @throws TemplateError with every problem of the template and its nested ones
 */
export async function planPackage(options: {
  readonly templateFile: string;
  readonly workspace: string;
}): Promise<PackagePlan> {
  const workspace = await realpath(options.workspace);
  const problems: TemplateProblem[] = [];
  const notes: string[] = [];
  const templates = new Map<string, TemplatePlan | undefined>();
  const contents = new Map<string, LocalContent>();
  const assets = new Map<string, Asset>();
  const templateUses = new Map<Template, string[]>();
  const shown = (location: string) => path.relative(workspace, location).split(path.sep).join('/');

  const templateFile = path.resolve(workspace, options.templateFile);
  const rootFile = await realpath(templateFile).catch(() => undefined);
  if (rootFile === undefined) {
    throw new TemplateError([
      { file: shown(templateFile), message: 'does not exist; name the template relative to the workspace' },
    ]);
  }
  if (!isInside(workspace, rootFile)) {
    throw new TemplateError([{ file: shown(templateFile), message: 'is outside the workspace' }]);
  }
  const root = await planTemplate(rootFile, []);
  if (root === undefined || problems.length > 0) throw new TemplateError(problems);
  const plannedRoot = root;
  const nested = [...templates.values()].flatMap((plan) =>
    plan === undefined || plan === root ? [] : [plan.template],
  );
  const placed = new Map<string, string>();

  return {
    template: root.template,
    nested,
    assets: [...assets.values()],
    capabilities: requiredCapabilities(root.template, nested),
    notes,
    place,
    templateText: (locate) => place(locate).templateText,
    open: openAsset,
  };

  /** Undefined when the template has problems, which are then in `problems`. */
  async function planTemplate(location: string, above: readonly string[]): Promise<TemplatePlan | undefined> {
    if (templates.has(location)) return templates.get(location);
    const plan = await readTemplate(location, shown(location)).then(
      (template) => planReferences(template, location, [...above, location]),
      (error: unknown) => {
        if (!(error instanceof TemplateError)) throw error;
        problems.push(...error.problems);
        return undefined;
      },
    );
    templates.set(location, plan);
    return plan;
  }

  async function planReferences(template: Template, location: string, chain: readonly string[]): Promise<TemplatePlan> {
    const edits: TemplatePlan['edits'][number][] = [];
    for (const reference of localReferences(template)) {
      try {
        const target = await resolveTarget(template, reference, location, chain);
        if (target !== undefined) edits.push({ range: reference.node.range, form: reference.location, target });
      } catch (error) {
        const message = error instanceof AssetError ? error.message : unreadable(error);
        if (message === undefined) throw error;
        problems.push({
          file: template.file,
          ...lineAndColumn(template.text, reference.node.range.start),
          resource: reference.owner,
          property: reference.property,
          message: `${quote(reference.node.value)} ${message}`,
        });
      }
    }
    return { template, edits };
  }

  async function resolveTarget(
    template: Template,
    reference: LocalReference,
    from: string,
    chain: readonly string[],
  ): Promise<Target | undefined> {
    const location = await resolvePath(reference, path.dirname(from), workspace);
    const use = `${chain.length === 1 ? '' : `${template.file}: `}${reference.owner}.${reference.property}`;
    if (reference.kind === 'template') {
      if (chain.includes(location)) {
        const cycle = [...chain.slice(chain.indexOf(location)), location].map(shown).join(' → ');
        throw new AssetError(`makes the nested templates a cycle: ${cycle}`);
      }
      if (!(await stat(location)).isFile()) throw new AssetError('is not a file; this property takes a template');
      const plan = await planTemplate(location, chain);
      if (plan !== undefined) templateUses.set(plan.template, [...(templateUses.get(plan.template) ?? []), use]);
      return plan;
    }
    const known = `${reference.kind}\0${location}`;
    const content = contents.get(known) ?? (await readContent(location, reference.kind));
    contents.set(known, content);
    const { key, sha256, bytes, kind } = content;
    const asset = assets.get(key) ?? { key, sha256, bytes, kind, source: shown(location) || '.', usedBy: [] };
    assets.set(key, { ...asset, usedBy: [...asset.usedBy, use] });
    if (
      kind === 'zip' &&
      bytes > LAMBDA_UNZIPPED_BYTES &&
      /^(AWS::(Lambda|Serverless)::|Function$)/.test(reference.type)
    ) {
      notes.push(
        `${use}: ${quote(reference.node.value)} has ${bytes} bytes; Lambda takes at most ${LAMBDA_UNZIPPED_BYTES} unzipped`,
      );
    }
    return content;
  }

  function place(locate: Locate): PlacedPackage {
    const { text, nested } = placeTemplates(plannedRoot, locate, templateUses);
    for (const { asset, text } of nested) placed.set(asset.key, text);
    return { templateText: text, assets: [...assets.values(), ...nested.map(({ asset }) => asset)] };
  }

  async function openAsset({ key, kind, source }: Asset, signal?: AbortSignal): Promise<OpenedAsset> {
    if (kind === 'template') {
      const text = placed.get(key);
      if (text === undefined) throw new Error(`the nested template '${source}' has not been placed`);
      const bytes = Buffer.from(text, 'utf8');
      return { stream: Readable.from([bytes]), length: bytes.length };
    }
    const content = [...contents.values()].find((content) => content.key === key);
    if (content === undefined) throw new Error(`the asset '${source}' is not part of this plan`);
    if (content.kind === 'zip') return openZip(content.files, signal);
    return { stream: openVerified(content), length: content.bytes };
  }
}

/** What the operating system says of something that cannot be read, for example EACCES; other errors are defects. */
function unreadable(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error)) return undefined;
  return `cannot be read: ${error.message}`;
}
