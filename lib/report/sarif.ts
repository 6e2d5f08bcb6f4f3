import { createHash } from 'node:crypto';

/** What looked at the files. */
export interface SarifTool {
  readonly name: string;
  /** As in semantic versioning. */
  readonly version: string;
  readonly informationUri?: string;
  /** Every rule, also those that found nothing. */
  readonly rules: readonly SarifRule[];
}

export interface SarifRule {
  /** Stable. */
  readonly id: string;
  /** One sentence. */
  readonly summary: string;
  readonly level: SarifLevel;
}

export type SarifLevel = 'error' | 'warning' | 'note';

export interface SarifResult {
  /** Of one of the tool's rules. */
  readonly rule: string;
  readonly level: SarifLevel;
  readonly message: string;
  /** Relative to the root of the repository, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/**
 * A SARIF log with one run, as GitHub's code scanning and others read it. The same results give the same bytes: there is
 * no time and no machine in it.
 * Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; GitHub Docs, "SARIF support for code
 * scanning".
 *
 * @throws RangeError for a result of a rule that the tool does not have
 */
export function sarifLog(tool: SarifTool, results: readonly SarifResult[]): string {
  const indexes = new Map(tool.rules.map(({ id }, index) => [id, index]));
  const seen = new Map<string, number>();
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: tool.name,
            semanticVersion: tool.version,
            ...(tool.informationUri === undefined ? {} : { informationUri: tool.informationUri }),
            rules: tool.rules.map(({ id, summary, level }) => ({
              id,
              shortDescription: { text: summary },
              defaultConfiguration: { level },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: results.map((result) => resultObject(result, indexes, seen)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function resultObject(
  { rule, level, message, file, line }: SarifResult,
  indexes: ReadonlyMap<string, number>,
  seen: Map<string, number>,
) {
  const ruleIndex = indexes.get(rule);
  if (ruleIndex === undefined) throw new RangeError(`the tool has no rule '${rule}'`);
  // Without the line: a finding that moves with its code stays the same finding.
  const content = JSON.stringify([rule, file, message]);
  const count = seen.get(content) ?? 0;
  seen.set(content, count + 1);
  return {
    ruleId: rule,
    ruleIndex,
    level,
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: relativeUri(file), uriBaseId: '%SRCROOT%' },
          region: { startLine: line },
        },
      },
    ],
    partialFingerprints: { 'headgateFinding/v1': createHash('sha256').update(`${content}${count}`).digest('hex') },
  };
}

/** A path as a relative reference (RFC 3986, section 4.2): a `:` in the first part would read as a scheme. */
function relativeUri(file: string): string {
  return file.toWellFormed().split('/').map(encodeURIComponent).join('/');
}
