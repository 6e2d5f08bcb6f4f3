import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  checkPlatformSet,
  checkTested,
  chooseBuilt,
  parseSources,
} from '../../../actions/multi-arch-image/assemble/sources.ts';
import type { BuildRecord, ImageRecord, TestRecord } from '../../../actions/multi-arch-image/records.ts';
import { BadInput } from '../../../lib/errors.ts';
import { type Digest, digestOf } from '../../../lib/registry/digest.ts';
import { formatPlatform, type Platform, parsePlatform } from '../../../lib/registry/platform.ts';
import { parseRepository } from '../../../lib/registry/reference.ts';

const IMAGE = parseRepository('ghcr.io/acme/shop');
const AMD64 = platform('linux/amd64');
const ARM64 = platform('linux/arm64');

function platform(text: string): Platform {
  return parsePlatform(text) as Platform;
}

function built(of: Platform, digest: Digest, commit?: string): BuildRecord {
  return {
    kind: 'build',
    image: IMAGE,
    platform: of,
    digest,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    size: 500,
    tool: 'buildah 1.28.2',
    ...(commit === undefined ? {} : { commit }),
  };
}

function tested(of: Platform, digest: Digest, exitCode = 0, emulated = false): TestRecord {
  return {
    kind: 'test',
    image: IMAGE,
    platform: of,
    digest,
    command: ['/app'],
    exitCode,
    duration: 0.1,
    emulated,
    tool: 'buildah 1.28.2',
  };
}

const A = digestOf('a');
const B = digestOf('b');
const C = digestOf('c');

describe('the images that were built', () => {
  test('are one of each platform, in the order of the platforms', () => {
    const chosen = chooseBuilt([built(AMD64, A, 'one'), built(ARM64, B, 'one')], [ARM64, AMD64]);
    expect(chosen.problems).toEqual([]);
    expect(chosen.sources.map(({ digest }) => digest)).toEqual([B, A]);
    expect(chosen.commit).toBe('one');
  });

  test('a missing, a doubled and a surplus platform and different commits are told together', () => {
    const riscv = platform('linux/riscv64');
    const records = [built(AMD64, A, 'one'), built(AMD64, B, 'one'), built(riscv, C, 'one')];
    expect(chooseBuilt(records, [AMD64, ARM64]).problems).toEqual([
      `linux/amd64 was built more than once: ${A} and ${B}`,
      'linux/arm64 is missing: no record says that it was built',
      "linux/riscv64 was built, but 'platforms' does not name it",
    ]);
    expect(chooseBuilt([built(AMD64, A, 'one'), built(ARM64, B, 'two')], [AMD64, ARM64])).toMatchObject({
      commit: undefined,
      problems: ['the images were built of different commits: linux/amd64 of one, linux/arm64 of two'],
    });
  });

  test('the same record twice, as from a repeated job, is one image', () => {
    expect(chooseBuilt([built(AMD64, A), built(AMD64, A)], [AMD64]).problems).toEqual([]);
  });

  test('there is a problem exactly when not each platform has one digest', () => {
    const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/s390x'].map(platform);
    const record = fc.tuple(fc.constantFrom(...platforms), fc.constantFrom(A, B, C));
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), fc.subarray(platforms, { minLength: 1 }), (given, wanted) => {
        const records = given.map(([of, digest]) => built(of, digest));
        const digests = new Map<string, Set<Digest>>();
        for (const [of, digest] of given) {
          const name = formatPlatform(of);
          digests.set(name, (digests.get(name) ?? new Set()).add(digest));
        }
        const isWhole =
          wanted.every((of) => digests.get(formatPlatform(of))?.size === 1) && digests.size === wanted.length;
        const { problems, sources } = chooseBuilt(records, wanted);
        expect(problems.length === 0).toBe(isWhole);
        if (isWhole) expect(sources.map((source) => source.platform)).toEqual(wanted);
      }),
    );
  });
});

describe('tests', () => {
  const sources = [
    { platform: AMD64, digest: A },
    { platform: ARM64, digest: B },
  ];
  const problems = (records: readonly ImageRecord[], allow = false) => checkTested(sources, records, allow).problems;

  test('each image needs a passed test of its very digest', () => {
    expect(problems([tested(AMD64, A), tested(ARM64, B)])).toEqual([]);
    expect(problems([tested(AMD64, A)])).toEqual([`linux/arm64 (${B}) was not tested: no test record names it`]);
    expect(problems([tested(AMD64, A), tested(ARM64, C)])).toEqual([
      `linux/arm64 (${B}) was not tested: the test of that platform ran on another image, ${C}`,
    ]);
    expect(problems([tested(AMD64, A, 3), tested(ARM64, B)])).toEqual([
      `the test of linux/amd64 (${A}) failed with exit code 3`,
    ]);
  });

  test('one failed test outweighs a passed one of the same image', () => {
    expect(problems([tested(AMD64, A), tested(AMD64, A, 1), tested(ARM64, B)])).toHaveLength(1);
  });

  test('a test of the right digest that ran as another platform does not count', () => {
    expect(problems([tested(ARM64, A), tested(ARM64, B)])).toEqual([
      `the test of linux/amd64 (${A}) ran on linux/arm64`,
    ]);
  });

  test('untested images are taken when that is allowed, with a note; failed ones never', () => {
    expect(checkTested(sources, [tested(ARM64, B, 0, true)], true)).toEqual({
      problems: [],
      notes: [
        `linux/amd64 (${A}) was not tested`,
        `linux/arm64 (${B}) was tested by an emulator, not on a machine of its own architecture`,
      ],
    });
    expect(problems([tested(AMD64, A, 3)], true)).toHaveLength(1);
  });
});

describe('sources that are given', () => {
  test('may name platform and repository', () => {
    const other = `ghcr.io/acme/shop-arm@${B}`;
    expect(parseSources([`linux/arm64=${A}`, A, `aarch64=${other}`, other], IMAGE)).toEqual([
      { platform: ARM64, from: IMAGE, digest: A },
      { platform: undefined, from: IMAGE, digest: A },
      { platform: ARM64, from: parseRepository('ghcr.io/acme/shop-arm'), digest: B },
      { platform: undefined, from: parseRepository('ghcr.io/acme/shop-arm'), digest: B },
    ]);
  });

  test('wrong ones are told together', () => {
    const given = ['linux/arm64=', 'ghcr.io/acme/shop:1.0', `ghcr.io/acme/shop:1.0@${A}`, `a b=${A}`, 'sha256:abc'];
    expect.assertions(2);
    try {
      parseSources(given, IMAGE);
    } catch (error) {
      expect(error).toBeInstanceOf(BadInput);
      expect((error as BadInput).problems).toHaveLength(given.length);
    }
  });

  test('any text is taken or refused with a phrase', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `${text}=${A}`),
        ),
        (text) => {
          try {
            expect(parseSources([text], IMAGE)).toHaveLength(1);
          } catch (error) {
            expect(error).toBeInstanceOf(BadInput);
          }
        },
      ),
    );
  });

  test('must be of exactly the platforms', () => {
    const found = [
      { platform: AMD64, digest: A },
      { platform: AMD64, digest: B },
      { platform: platform('linux/s390x'), digest: C },
    ];
    expect(checkPlatformSet(found, [AMD64, ARM64])).toEqual([
      'linux/arm64 is missing: no source is of that platform',
      `linux/s390x (${C}) is not named by 'platforms'`,
      `linux/amd64 is there more than once: ${A} and ${B}`,
    ]);
  });
});
