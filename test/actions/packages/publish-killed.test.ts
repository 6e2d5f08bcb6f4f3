import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { execa } from 'execa';
import { packageRoot } from '../../../lib/package-root.ts';
import { DOMAIN } from '../../local-aws/codeartifact-client.ts';
import { ALL_FORMATS, type Sample, writeSample } from './publish-samples.ts';
import { isWrite, openPublishWorkplace, type PublishWorkplace } from './publish-workplace.ts';
import { PRIMARY, REPLICAS, REPOSITORY } from './workplace.ts';

// A run that is ended by SIGKILL before each of its writes, in a process of its own. What it wrote before stays.

let place: PublishWorkplace;
const [REPLICA] = REPLICAS;
const HERE = [PRIMARY, REPLICA];

beforeAll(async () => {
  place = await openPublishWorkplace();
}, 300_000);
afterAll(() => place?.stop());
beforeEach(() => place.reset());

/** Runs the program, and kills it in place of its n-th write. */
async function killed(
  sample: Sample,
  n: number,
): Promise<{ readonly signal: string | undefined; readonly writes: number }> {
  const main = path.join(packageRoot(), 'actions', 'main.ts');
  const inputs = { ...sample.inputs, domain: DOMAIN, repository: REPOSITORY, region: PRIMARY, replicas: REPLICA };
  const flags = Object.entries(inputs).map(([name, value]) => `--${name}=${value}`);
  const running = execa(process.execPath, [main, 'packages', 'publish', ...flags], {
    cwd: place.root,
    reject: false,
    env: { HEADGATE_HOST: 'terminal', NODE_COMPILE_CACHE: path.join(place.root, 'compile-cache') },
  });
  let writes = 0;
  place.decide = (call) => {
    if (!isWrite(call)) return 'pass';
    writes += 1;
    if (writes === n) running.kill('SIGKILL');
    return writes >= n ? 'reset' : 'pass';
  };
  const { signal } = await running;
  place.decide = () => 'pass';
  return { signal, writes };
}

test.each(ALL_FORMATS)(
  '%s: a run that is killed at any write is completed by the next one',
  async (format) => {
    const sample = await writeSample(place.root, format, { few: true });
    const replicas = { replicas: REPLICA };
    let ended = 0;
    for (let n = 1; ; n++) {
      await place.reset();
      const { signal, writes } = await killed(sample, n);
      if (writes < n) {
        await place.expectHeld([sample], HERE);
        break;
      }
      expect({ n, signal }).toEqual({ n, signal: 'SIGKILL' });
      ended += 1;
      // The primary is complete before anything is in the replica.
      const [primary, replica] = await Promise.all(HERE.map((region) => place.held(region)));
      if (Object.keys(replica ?? {}).length > 0) {
        expect(primary).toEqual({ [sample.key]: { status: 'Published', assets: sample.assets } });
      }
      const next = await place.publish({ ...sample.inputs, ...replicas });
      expect({ n, ...next }).toMatchObject({ n, exitCode: 0 });
      await place.expectHeld([sample], HERE);
      const last = await place.publish({ ...sample.inputs, ...replicas });
      expect({ n, ...last }).toMatchObject({ n, exitCode: 0, outputs: { status: 'nothing' } });
    }
    expect(ended).toBeGreaterThanOrEqual(HERE.length);
  },
  120_000,
);
