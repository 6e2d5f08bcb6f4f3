// Writes everything that follows from the operations: `node scripts/generate.ts`. With --check it writes nothing and
// fails when what is committed differs. A new scenario needs no edit here: the folder actions/ is scanned.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generateAll } from './generate/all.ts';

const root = path.resolve(import.meta.dirname, '..');
const check = process.argv.includes('--check');
const differing: string[] = [];
for (const [file, content] of await generateAll(root)) {
  const committed = await readFile(path.join(root, file), 'utf8').catch(() => undefined);
  if (committed === content) continue;
  differing.push(file);
  if (check) continue;
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), content);
}
for (const file of differing) console.log(`${check ? 'differs' : 'written'}: ${file}`);
if (check && differing.length > 0) {
  console.error("Generated files are not in step with the operations; run 'node scripts/generate.ts' and commit.");
  process.exitCode = 1;
}
