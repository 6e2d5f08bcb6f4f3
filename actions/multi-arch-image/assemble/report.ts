import type { Outcome, Plan } from '../../../lib/operation/define.ts';
import { formatPlatform } from '../../../lib/registry/platform.ts';
import { formatReference } from '../../../lib/registry/reference.ts';
import { code, table, text } from '../../../lib/report/markdown.ts';
import type { ASSEMBLE_OUTPUTS } from '../assemble.ts';
import { describeStanding, type TagStanding } from '../tag-move.ts';
import type { AssembleDetails, Assembly } from './details.ts';

type AssembleOutcome = Outcome<keyof typeof ASSEMBLE_OUTPUTS>;

/** The outcome of a dry run, or of a plan with nothing to do. */
export function plannedOutcome(plan: Plan<AssembleDetails>): AssembleOutcome {
  if (plan.details.index === null) return { summary: plan.summary, outputs: { status: 'skipped' } };
  return plan.nothing === undefined
    ? outcome(plan, 'planned', 'Plan', `${plan.summary} Nothing was changed.`)
    : outcome(plan, 'unchanged', 'Unchanged', plan.nothing);
}

/** The outcome after all tags were moved and read back. */
export function assembledOutcome(plan: Plan<AssembleDetails>): AssembleOutcome {
  const { image, index, tags } = plan.details;
  return outcome(plan, 'moved', 'Assembled', `${tags.join(', ')} of ${image} point at ${index}.`);
}

function outcome(
  { details, notes }: Plan<AssembleDetails>,
  status: 'moved' | 'unchanged' | 'planned',
  title: string,
  summary: string,
): AssembleOutcome {
  const { image, index, entries, tags, targets } = details;
  const platforms = entries.map(({ platform }) => platform);
  const report = [
    `### ${title}: image ${code(image ?? '')}`,
    `Index ${code(index ?? '')}`,
    table(
      ['Platform', 'Image'],
      entries.map(({ platform, digest }) => [code(platform), code(digest)]),
    ),
    table(
      ['Repository', 'Tag', 'Before', status === 'planned' ? 'To be' : 'Now'],
      targets.flatMap(({ repository, tags: moves }) =>
        moves.map(({ tag, before }) => [
          code(repository),
          code(tag),
          before === null ? 'new' : code(before),
          before === index ? 'the same' : code(index ?? ''),
        ]),
      ),
    ),
    ...notes.map((note) => `- ${text(note)}`),
  ].join('\n\n');
  return {
    summary,
    outputs: {
      digest: index ?? '',
      image: `${image}@${index}`,
      tags: tags.join(' '),
      platforms: platforms.join(' '),
      status,
    },
    report,
    result: details,
  };
}

/** The report of tags that could not all be moved: what stands where. */
export function standingsReport({ index, entries }: Assembly, standings: readonly TagStanding[]): string {
  return [
    '### Failed: not all tags could be moved',
    `Index ${code(index.digest)} of ${entries.map(({ descriptor }) => formatPlatform(descriptor.platform)).join(', ')}`,
    table(
      ['Repository', 'Tag', 'Before', 'Now'],
      standings.map((standing) => [
        code(formatReference(standing.repository)),
        code(standing.tag),
        standing.before === undefined ? 'none' : code(standing.before),
        text(describeStanding(standing)),
      ]),
    ),
  ].join('\n\n');
}
