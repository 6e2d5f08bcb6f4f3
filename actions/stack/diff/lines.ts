import type { Change } from '@aws-sdk/client-cloudformation';
import { type ChangeRow, changeRows, looksSecret } from '../../../lib/aws/cloudformation/change-rows.ts';
import type { TextDifference } from '../../../lib/aws/cloudformation/diff-template.ts';
import type { Differences } from './read.ts';

/** A value before and after; hidden where it may be a secret. */
export type Values =
  | { readonly hidden: true }
  | { readonly hidden: false; readonly before?: string | undefined; readonly after?: string | undefined };

/** One property of a resource that changes; a resource that comes or goes has one line without a property. */
export interface PropertyLine {
  readonly row: ChangeRow;
  readonly path?: string;
  readonly recreation?: ChangeRow['causes'][number]['recreation'];
  readonly values: Values;
}

/** A place in the text of the template. */
export interface TextLine {
  readonly place: string;
  readonly values: Values;
}

export interface DifferenceLines {
  readonly properties: readonly PropertyLine[];
  /** Resources of which nothing but tags changes. */
  readonly onlyTags: readonly ChangeRow[];
  readonly texts: readonly TextLine[];
}

/**
 * Puts together what CloudFormation tells and what the texts of the templates tell. CloudFormation's values come first;
 * where it names a property without values, the text has them; what neither table of resources shows is left over.
 *
 * @param secret parameters whose values are hidden (NoEcho)
 */
export function differenceLines({ changes, texts }: Differences, secret: ReadonlySet<string>): DifferenceLines {
  const rows = changeRows(changes, { values: true, noEcho: secret });
  const told = toldPlaces(changes);
  const byPlace = new Map(texts.map((one) => [one.path.join(' '), one]));
  const used = new Set<TextDifference>();
  const properties = rows
    .filter(({ tagsOnly }) => !tagsOnly)
    .flatMap((row): PropertyLine[] => {
      if (row.causes.length === 0) return [{ row, values: { hidden: false } }];
      return row.causes.map(({ path, recreation, before, after }): PropertyLine => {
        const line = { row, path, recreation };
        if (before !== undefined || after !== undefined) return { ...line, values: { hidden: false, before, after } };
        if (told.places.has(placeOf(row.logicalId, path))) return { ...line, values: { hidden: true } };
        const found = byPlace.get(placeOf(row.logicalId, path));
        if (found === undefined) return { ...line, values: { hidden: false } };
        used.add(found);
        return { ...line, values: valuesOf(found) };
      });
    });
  return {
    properties,
    onlyTags: rows.filter(({ tagsOnly }) => tagsOnly),
    texts: texts
      .filter((one) => !used.has(one) && isLeftOver(one, told.resources))
      .map((one) => ({ place: one.path.join('.'), values: valuesOf(one) })),
  };
}

/** Resources that come or go are shown as such; of those for which values were told, only the properties are known. */
function isLeftOver({ path: [section, logicalId = '', part] }: TextDifference, told: ReadonlySet<string>): boolean {
  if (section !== 'Resources') return true;
  return part !== undefined && !(told.has(logicalId) && part === 'Properties');
}

function valuesOf({ path, before, after }: TextDifference): Values {
  return looksSecret(...path, before ?? '', after ?? '') ? { hidden: true } : { hidden: false, before, after };
}

/** The places for which CloudFormation gave a value, shown or not, and their resources. */
function toldPlaces(changes: readonly Change[]): { places: ReadonlySet<string>; resources: ReadonlySet<string> } {
  const places = new Set<string>();
  const resources = new Set<string>();
  for (const { ResourceChange: change } of changes) {
    const logicalId = change?.LogicalResourceId ?? '';
    for (const { Target } of change?.Details ?? []) {
      if (Target?.BeforeValue === undefined && Target?.AfterValue === undefined) continue;
      const named = Target.Name === undefined ? Target.Attribute : `${Target.Attribute ?? 'Properties'}.${Target.Name}`;
      places.add(placeOf(logicalId, Target.Path ?? named ?? 'unknown'));
      resources.add(logicalId);
    }
  }
  return { places, resources };
}

/** `Properties.Runtime` and `/Properties/Runtime` are one place: the same keys as in the template's text. */
function placeOf(logicalId: string, path: string): string {
  return ['Resources', logicalId, ...path.split(/[./]/).filter((key) => key !== '')].join(' ');
}
