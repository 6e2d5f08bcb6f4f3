import path from 'node:path';
import { measure, pairedRatio } from '../measure.ts';
import { headgate, type Scene, writeTransforms } from './scene.ts';

/** Python's own parsers over the same files: what any check in Python must at least do. */
const FLOOR = `
import ast, json, pathlib, sys
for definition in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
    json.loads(definition.read_bytes())
    ast.parse(definition.with_suffix(".py").read_bytes())
`;

/** Checking a tenth of the transforms, all of them and twice as many, beside Python's parsers over the same files. */
export async function benchChecking(scene: Scene, runs: number, transforms: number): Promise<void> {
  console.log(`checking transforms; medians of ${runs} runs in turn`);
  console.log(`${'transforms'.padEnd(12)}ms     MB   ms each   parsers of Python ms   MB   x parsers`);
  for (const count of [Math.ceil(transforms / 10), transforms, 2 * transforms]) {
    const folder = await writeTransforms(scene, count);
    const floor = { argv: ['python3', '-c', FLOOR, path.join(scene.directory, folder)], env: scene.env };
    const { check, parsers } = await measure(
      { check: headgate(scene, 'check', `--transforms=${folder}`, '--quiet'), parsers: floor },
      runs,
      1,
    );
    const columns = [
      (check.seconds * 1000).toFixed(0).padStart(6),
      check.megabytes.toFixed(0).padStart(6),
      ((check.seconds * 1000) / count).toFixed(2).padStart(8),
      (parsers.seconds * 1000).toFixed(0).padStart(20),
      parsers.megabytes.toFixed(0).padStart(5),
      pairedRatio(check, parsers).toFixed(2).padStart(9),
    ];
    console.log(`${String(count).padEnd(8)}${columns.join('  ')}`);
  }
  console.log('budget: time and memory that grow no faster than the number of transforms\n');
}
