import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { errorMessage, OperationFailed } from '../../../lib/errors.ts';
import { replaceFile } from '../../../lib/hosts/files.ts';
import { CHART_FILES, chartsOf } from './charts.ts';
import { executionsCsv } from './csv.ts';
import { reportJunit } from './junit.ts';
import { reportMarkdown, type SummaryFile } from './markdown.ts';
import type { BenchmarkReport } from './report.ts';
import { reportShape } from './report-shape.ts';
import { ShapeError } from './shape.ts';
import { type Totals, totalsOf } from './totals.ts';

/** Paths of the files of a report, in the directory that was given. */
export interface ReportFiles {
  /** `report.json`: what was measured and, for other programs, the totals. */
  readonly report: string;
  /** `executions.csv` */
  readonly executions: string;
  /** `summary.md` */
  readonly summary: string;
  /** `junit.xml` */
  readonly junit: string;
  /** SVG pictures in `charts/`. */
  readonly charts: readonly string[];
}

/**
 * Writes a report in all its forms. The directory is made; each file is replaced as a whole, `report.json` the last, and
 * a picture of an earlier report that this one does not have is removed.
 *
 * @param request.baseline is drawn beside the report
 * @throws OperationFailed when a file cannot be written
 */
export async function writeReportFiles(request: {
  readonly report: BenchmarkReport;
  readonly directory: string;
  readonly baseline?: BenchmarkReport;
}): Promise<ReportFiles> {
  const { report, directory, baseline } = request;
  const totals = totalsOf(report);
  const charts = chartsOf(report, totals, baseline);
  const links: SummaryFile[] = [
    ...charts.map(({ file, title }) => ({ title, path: `charts/${file}`, isPicture: true })),
    { title: 'report.json', path: 'report.json', isPicture: false },
    { title: 'executions.csv', path: 'executions.csv', isPicture: false },
    { title: 'junit.xml', path: 'junit.xml', isPicture: false },
    ...(report.setting.mode === 'explain' ? [{ title: 'plans', path: 'plans/', isPicture: false }] : []),
  ];
  const place = (...parts: string[]) => path.join(directory, ...parts);
  const files: ReportFiles = {
    report: place('report.json'),
    executions: place('executions.csv'),
    summary: place('summary.md'),
    junit: place('junit.xml'),
    charts: charts.map(({ file }) => place('charts', file)),
  };
  const contents: readonly (readonly [file: string, content: string])[] = [
    ...charts.map(({ file, svg }) => [place('charts', file), svg] as const),
    [files.executions, executionsCsv(report)],
    [files.summary, reportMarkdown(report, totals, links)],
    [files.junit, reportJunit(report)],
    [files.report, reportJson(report, totals)],
  ];
  try {
    mkdirSync(charts.length === 0 ? directory : place('charts'), { recursive: true });
    for (const name of CHART_FILES) {
      if (!charts.some(({ file }) => file === name)) rmSync(place('charts', name), { force: true });
    }
    for (const [file, content] of contents) replaceFile(file, content);
  } catch (error) {
    throw new OperationFailed(
      {
        what: `The report could not be written into ${directory}: ${errorMessage(error)}`,
        cause: 'the directory cannot be written to, a file of another kind has the name, or the disk is full',
        next: 'Make room, or name another directory, and run again',
      },
      { cause: error },
    );
  }
  return files;
}

/** `report.json`: always the same text for the same report, and what `readReport` takes. */
export function reportJson(report: BenchmarkReport, totals: Totals): string {
  return `${JSON.stringify({ ...inOrder(report), totals }, null, 2)}\n`;
}

/** A measurement is worth keeping even if a defect of ours made it one that the reader would refuse. */
function inOrder(report: BenchmarkReport): BenchmarkReport {
  try {
    return reportShape.read(report, '');
  } catch (error) {
    if (error instanceof ShapeError) return report;
    throw error;
  }
}
