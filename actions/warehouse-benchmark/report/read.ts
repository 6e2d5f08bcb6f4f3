import { open } from 'node:fs/promises';
import { type BadInput, badInput, errorMessage } from '../../../lib/errors.ts';
import { checkConsistency } from './consistency.ts';
import { type BenchmarkReport, REPORT_FORMAT, REPORT_VERSION } from './report.ts';
import { reportShape } from './report-shape.ts';
import { isObject, ShapeError } from './shape.ts';

/** Twenty sessions with all fingerprints take about a tenth of it. */
export const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Reads a report file and checks it completely. What is computed from the rest (`totals`) is left out.
 *
 * @param input name of the input that names the file, for the message
 * @throws BadInput with the file and the place in it
 */
export async function readReport(input: string, file: string): Promise<BenchmarkReport> {
  return parseReport(input, file, await readText(input, file));
}

/**
 * A report from the text of its file.
 *
 * @throws BadInput
 */
export function parseReport(input: string, file: string, text: string): BenchmarkReport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badInput(
      input,
      `${file} is not JSON (${errorMessage(error)}); give a report.json that 'warehouse-benchmark run' wrote`,
    );
  }
  if (!isObject(value) || value.format !== REPORT_FORMAT) {
    throw badInput(
      input,
      `${file} is not a report of this benchmark: its 'format' is not '${REPORT_FORMAT}'; give a report.json that 'warehouse-benchmark run' wrote`,
    );
  }
  const version = value.formatVersion;
  if (typeof version === 'number' && version > REPORT_VERSION) {
    throw badInput(
      input,
      `${file} has the format version ${version}, which is newer than ${REPORT_VERSION}, the newest that this version of Headgate reads; use the version that wrote it`,
    );
  }
  try {
    const { totals, ...given } = value;
    if (totals !== undefined && !isObject(totals)) throw new ShapeError('totals', 'it is not an object');
    const report = reportShape.read(given, '');
    checkConsistency(report);
    return report;
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw badInput(input, `${file} is not a sound report: ${error.path}: ${error.message}`);
  }
}

async function readText(input: string, file: string): Promise<string> {
  const bytes = await readBytes(input, file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badInput(input, `${file} is not text in UTF-8`);
  }
}

async function readBytes(input: string, file: string): Promise<Uint8Array> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    throw cannotRead(input, file, error);
  }
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw badInput(input, `${file} is not a file`);
    if (facts.size > MOST_BYTES) {
      throw badInput(input, `${file} has ${facts.size} bytes; a report has at most ${MOST_BYTES} (64 MiB)`);
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function cannotRead(input: string, file: string, error: unknown): BadInput {
  return badInput(input, `cannot read ${file}: ${errorMessage(error)}`);
}
