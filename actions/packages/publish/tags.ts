import { BadInput, type InputProblem } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import { packageKey, shownVersion, versionKey } from '../../../lib/packages/package.ts';
import type { Release } from '../../../lib/packages/release.ts';
import { decideTags } from './decision.ts';
import type { Site } from './sites.ts';
import type { SurveyResult } from './survey.ts';

/**
 * The dist-tags that each version gets in each Region, by release and Region; none for formats without them.
 *
 * @param asked the tag that was asked for
 * @throws BadInput when it must be said
 */
export function tagsOf(
  asked: string | undefined,
  releases: readonly Release[],
  sites: readonly Site[],
  surveys: readonly SurveyResult[],
): readonly (readonly (readonly string[])[])[] {
  const problems: InputProblem[] = [];
  const answers = releases.map((release): readonly (readonly string[])[] => {
    const { id } = release;
    if (id.format !== 'npm') return sites.map(() => []);
    const own = release.assets.flatMap(({ details }) =>
      details.format === 'npm' ? [ownTag(details.manifest)] : [],
    )[0];
    const answer = decideTags({
      version: id.version,
      asked,
      own,
      regions: sites.map(({ region }, n) => {
        const survey = surveys[n];
        const read = survey !== undefined && !('error' in survey) ? survey : undefined;
        return {
          region,
          tags: read?.tags.get(packageKey(id)) ?? new Map(),
          has: read?.versions.has(versionKey(id)) ?? false,
        };
      }),
    });
    if ('tags' in answer) return answer.tags;
    problems.push({ input: 'npm-tag', message: `input 'npm-tag': ${shownVersion(id)} ${answer.problem}` });
    return [];
  });
  if (problems.length > 0) throw new BadInput(problems);
  return answers;
}

function ownTag(manifest: Readonly<Record<string, Json>>): string | undefined {
  const { publishConfig } = manifest;
  if (typeof publishConfig !== 'object' || publishConfig === null || !('tag' in publishConfig)) return undefined;
  return typeof publishConfig.tag === 'string' ? publishConfig.tag : undefined;
}
