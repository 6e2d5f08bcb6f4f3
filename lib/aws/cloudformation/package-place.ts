import { createHash } from 'node:crypto';
import { type Asset, assetKey, type LocalContent } from './assets.ts';
import type { LocationForm } from './package-properties.ts';
import type { Template } from './template.ts';
import { TemplateError } from './template-error.ts';
import type { SourceRange } from './template-node.ts';
import { MAX_TEMPLATE_BYTES, templateBytes } from './template-size.ts';

/** Where an asset is, or will be, in S3. */
export interface AssetLocation {
  readonly bucket: string;
  readonly key: string;
  /** `https://…`, in a form that CloudFormation takes as TemplateURL. */
  readonly url: string;
  /** `s3://bucket/key`. */
  readonly uri: string;
}

export type Locate = (key: string) => AssetLocation;

/** What a template becomes once it is known where its assets go. */
export interface PlacedPackage {
  readonly templateText: string;
  /** Everything to upload, nested templates too, each after what it refers to. */
  readonly assets: readonly Asset[];
}

/** A template and what its local paths lead to, in the order of the text. */
export interface TemplatePlan {
  readonly template: Template;
  readonly edits: readonly { readonly range: SourceRange; readonly form: LocationForm; readonly target: Target }[];
}
export type Target = LocalContent | TemplatePlan;

/** A nested template with its rewritten text. */
export interface PlacedTemplate {
  readonly asset: Asset;
  readonly text: string;
}

/**
 * Computes the texts of a template and its nested ones bottom up: a nested template is named by the hash of its
 * rewritten text. Everything but the rewritten values stays as it is, byte for byte.
 *
 * @param uses for each nested template, `Resource.TemplateURL` of those that refer to it
 * @throws TemplateError when a rewritten template is too large
 */
export function placeTemplates(
  root: TemplatePlan,
  locate: Locate,
  uses: ReadonlyMap<Template, readonly string[]>,
): { readonly text: string; readonly nested: readonly PlacedTemplate[] } {
  const nested = new Map<string, PlacedTemplate>();
  const keys = new Map<TemplatePlan, string>();
  return { text: rewrite(root), nested: [...nested.values()] };

  function rewrite({ template, edits }: TemplatePlan): string {
    const replacements = edits.map(({ range, form, target }) => {
      const key = 'template' in target ? nestedKey(target) : target.key;
      return { range, text: locationText(form, locate(key)) };
    });
    const text = replaceRanges(template.text, replacements);
    const bytes = templateBytes(text);
    if (bytes <= MAX_TEMPLATE_BYTES) return text;
    const message = `has ${bytes} bytes with the locations in S3; CloudFormation accepts at most ${MAX_TEMPLATE_BYTES}`;
    throw new TemplateError([{ file: template.file, message }]);
  }

  function nestedKey(plan: TemplatePlan): string {
    const known = keys.get(plan);
    if (known !== undefined) return known;
    const text = rewrite(plan);
    const sha256 = createHash('sha256').update(text).digest('hex');
    const key = assetKey(sha256, '.template');
    const same = nested.get(key)?.asset;
    const usedBy = [...(same?.usedBy ?? []), ...(uses.get(plan.template) ?? [])];
    const source = same?.source ?? plan.template.file;
    nested.set(key, { asset: { key, sha256, bytes: templateBytes(text), kind: 'template', source, usedBy }, text });
    keys.set(plan, key);
    return key;
  }
}

/** A value in flow style, which YAML and JSON read alike. */
function locationText(form: LocationForm, { bucket, key, url, uri }: AssetLocation): string {
  if (form.form === 'map') return JSON.stringify({ [form.bucket]: bucket, [form.key]: key });
  return JSON.stringify(form.form === 'uri' ? uri : url);
}

/** Replaces ranges, given in ascending order and apart from each other; every other character stays. */
function replaceRanges(
  text: string,
  replacements: readonly { readonly range: SourceRange; readonly text: string }[],
): string {
  let end = 0;
  const parts = replacements.flatMap(({ range, text: replacement }) => {
    const before = text.slice(end, range.start);
    end = range.end;
    return [before, replacement];
  });
  return [...parts, text.slice(end)].join('');
}
