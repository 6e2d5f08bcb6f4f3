import type { Json, Log } from '../../hosts/host.ts';
import { code, table, text } from '../../report/markdown.ts';
import type { HeldResource } from './held.ts';

/** A resource that `retain` or `force` left behind. */
export interface LeftBehind extends HeldResource {
  /** The account and Region, where a run has several. */
  readonly where?: string;
}

/** Says at once what is left behind: a run that is cut off later has said it. */
export function warnLeftBehind(log: Log, left: readonly HeldResource[]): void {
  for (const { logicalId, type, physicalId } of left) {
    log.warning(`Left behind: ${logicalId} (${type}) ${physicalId}`.trimEnd());
  }
}

/** The paragraphs of a report that name what was left behind; none when it is nothing. */
export function leftBehindReport(left: readonly LeftBehind[]): readonly string[] {
  if (left.length === 0) return [];
  const places = left.some(({ where }) => where !== undefined);
  return [
    'This was left behind. No stack has it any more; delete it by hand.',
    table(
      [...(places ? ['Where'] : []), 'Resource', 'Type', 'Id', 'Why'],
      left.map(({ where = '', logicalId, type, physicalId, reason }) => [
        ...(places ? [code(where)] : []),
        code(logicalId),
        code(type),
        code(physicalId),
        text(reason),
      ]),
    ),
  ];
}

/** The same as facts for the result file. */
export function leftBehindJson(left: readonly HeldResource[]): Json[] {
  return left.map(({ logicalId, type, physicalId, reason }) => ({ logicalId, type, physicalId, reason }));
}
