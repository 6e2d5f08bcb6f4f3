// Writes the fingerprints of the known answers, actions/warehouse-benchmark/answers/known/: `node scripts/answers.ts`. They
// are taken from the answer sets that travel inside DuckDB's tpcds extension (its function tpcds_answers() is broken in
// release 1.5.5), so no query runs. Needs Linux, whose form of shared object it reads. No row and no text of an answer is
// written.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toShortForm } from '../actions/warehouse-benchmark/answers/short-form.ts';
import { installTpcds } from '../engines/duckdb/install-tpcds.ts';
import { ANSWER_SETS, readAnswerSet } from './answers/answer-sets.ts';

const folder = path.resolve(import.meta.dirname, '..', 'actions', 'warehouse-benchmark', 'answers', 'known');
const extension = await installTpcds({ say: console.error });

for (const scaleFactor of ANSWER_SETS) {
  const answers = await readAnswerSet(extension, scaleFactor);
  const file = path.join(folder, `scale-factor-${scaleFactor}.ts`);
  await writeFile(
    file,
    [
      `/** Fingerprints of the answers at scale factor ${scaleFactor}, by query. Written by \`node scripts/answers.ts\`. */`,
      'export const ANSWERS: Readonly<Record<string, string>> = {',
      ...answers.map((answer, index) => `  ${index + 1}: '${toShortForm([answer])}',`),
      '};\n',
    ].join('\n'),
  );
  console.log(`${path.basename(file)}: ${answers.length} queries`);
}
