import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { digestOf } from '../../../lib/registry/digest.ts';
import {
  buildIndex,
  type Descriptor,
  isAttestation,
  MANIFEST_TYPES,
  ManifestError,
  MEDIA_TYPES,
  parseManifest,
} from '../../../lib/registry/manifest.ts';

const digest = digestOf('content');
const part = { mediaType: 'application/octet-stream', digest, size: 7 };
const image = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config: part, layers: [part] };
const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests: [part] };
const bytes = (document: unknown) => Buffer.from(JSON.stringify(document));

describe('a manifest', () => {
  test('is known by its own media type, or by the one it is served with', () => {
    expect(parseManifest(bytes(image), undefined).manifest.kind).toBe('manifest');
    expect(parseManifest(bytes(index), undefined).manifest.kind).toBe('index');
    const { mediaType: _own, ...nameless } = image;
    expect(parseManifest(bytes(nameless), MEDIA_TYPES.dockerManifest).mediaType).toBe(MEDIA_TYPES.dockerManifest);
    expect(parseManifest(bytes(image), 'application/octet-stream').mediaType).toBe(MEDIA_TYPES.ociManifest);
  });

  test('keeps its bytes and has their digest', () => {
    const spaced = Buffer.from(`${JSON.stringify(image, undefined, 3)}\n`);
    const stored = parseManifest(spaced, undefined);
    expect(stored.digest).toBe(digestOf(spaced));
    expect(stored.bytes).toBe(spaced);
  });

  test('keeps what clients rely on', () => {
    const platform = { os: 'linux', architecture: 'arm', variant: 'v7', 'os.version': 'x' };
    const annotations = { b: '2', a: '1' };
    const subject = { ...part, artifactType: 'x/y' };
    const full = {
      ...index,
      manifests: [{ ...part, platform, annotations }],
      subject,
      artifactType: 'a/b',
      annotations,
    };
    expect(parseManifest(bytes(full), undefined).manifest).toEqual({
      kind: 'index',
      mediaType: MEDIA_TYPES.ociIndex,
      manifests: [{ ...part, platform: { os: 'linux', architecture: 'arm', variant: 'v7' }, annotations }],
      subject,
      artifactType: 'a/b',
      annotations,
    });
  });

  test.each([
    ['text', Buffer.from('text'), 'is not JSON'],
    ['a list', bytes([]), 'is not a JSON object'],
    ['null', bytes(null), 'is not a JSON object'],
    ['schema 1', bytes({ schemaVersion: 1 }), 'schema version 2'],
    ['no type', bytes({ schemaVersion: 2 }), 'is of the type (none)'],
    ['a media type that is no text', bytes({ ...image, mediaType: 7 }), 'a media type that is no text'],
    ['an index with layers', bytes({ ...index, layers: [] }), 'is an index with layers'],
    ['an image with manifests', bytes({ ...image, manifests: [] }), 'an image with a list of manifests'],
    ['no configuration', bytes({ ...image, config: undefined }), "no whole descriptor in 'config'"],
    ['no layers', bytes({ ...image, layers: {} }), "no list 'layers'"],
    ['a digest that is none', bytes({ ...image, config: { ...part, digest: '../x' } }), 'not a SHA-256'],
    ['a size below zero', bytes({ ...image, layers: [{ ...part, size: -1 }] }), "below zero in 'layers[0]'"],
    ['a size that is no whole number', bytes({ ...image, layers: [{ ...part, size: 1.5 }] }), 'no whole descriptor'],
    ['a broken platform', bytes({ ...index, manifests: [{ ...part, platform: {} }] }), "without 'os'"],
    ['an annotation that is no text', bytes({ ...image, annotations: { a: 1 } }), 'an annotation that is no text'],
    ['too many bytes', Buffer.alloc(4 * 1024 * 1024 + 1, ' '), 'is larger than'],
  ])('with %s is refused', (_what, content, why) => {
    expect(() => parseManifest(content, undefined)).toThrow(ManifestError);
    expect(() => parseManifest(content, undefined)).toThrow(why);
  });

  test('that is served as another type than it says is refused', () => {
    expect(() => parseManifest(bytes(image), MEDIA_TYPES.ociIndex)).toThrow(/says that it is .* but is served as/);
  });

  test('of any content is read, or refused with a reason', () => {
    const mangled = fc.record(
      {
        schemaVersion: fc.constantFrom(1, 2, '2', null),
        mediaType: fc.constantFrom(...MANIFEST_TYPES, 'x', 7),
        config: fc.constantFrom(part, {}, null, 'x'),
        layers: fc.constantFrom([part], [null], {}, 'x'),
        manifests: fc.constantFrom([part], [{ ...part, platform: 'x' }], 7),
        annotations: fc.constantFrom({}, { a: 'b' }, null, [1], 'text'),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(mangled, fc.option(fc.constantFrom(...MANIFEST_TYPES, 'y'), { nil: undefined }), (document, type) => {
        try {
          expect(MANIFEST_TYPES).toContain(parseManifest(bytes(document), type).mediaType);
        } catch (error) {
          expect(error).toBeInstanceOf(ManifestError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('an index that is made', () => {
  const entry = fc.record({
    mediaType: fc.constantFrom(MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerManifest),
    digest: fc.string().map((text) => digestOf(text)),
    size: fc.nat(),
    platform: fc.constantFrom(
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
    ),
  });
  const annotations = fc.dictionary(fc.stringMatching(/^[a-z.]{1,10}$/), fc.string(), { maxKeys: 4 });

  test('holds what it was made of, and is the same however its annotations were ordered', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), annotations, (entries, notes) => {
        const built = buildIndex(entries, notes);
        expect(built.manifest).toMatchObject({ kind: 'index', manifests: entries });
        expect(built.manifest.annotations).toEqual({ ...notes });
        const turned = Object.fromEntries(Object.entries(notes).reverse());
        expect(buildIndex(entries, turned).digest).toBe(built.digest);
        expect(parseManifest(built.bytes, built.mediaType)).toEqual(built);
      }),
    );
  });

  test("is of Docker's type only where nothing of OCI is in it", () => {
    const docker: Descriptor = { ...part, mediaType: MEDIA_TYPES.dockerManifest };
    const oci: Descriptor = { ...part, mediaType: MEDIA_TYPES.ociManifest };
    expect(buildIndex([docker]).mediaType).toBe(MEDIA_TYPES.dockerIndex);
    expect(buildIndex([docker, oci]).mediaType).toBe(MEDIA_TYPES.ociIndex);
    expect(buildIndex([docker], { a: 'b' }).mediaType).toBe(MEDIA_TYPES.ociIndex);
    expect(buildIndex([]).mediaType).toBe(MEDIA_TYPES.ociIndex);
  });
});

test('an attestation is known by its annotation or by its platform', () => {
  const unknown = { os: 'unknown', architecture: 'unknown' };
  const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
  expect(isAttestation({ ...part, annotations })).toBe(true);
  expect(isAttestation({ ...part, platform: unknown })).toBe(true);
  expect(isAttestation({ ...part, platform: { os: 'linux', architecture: 'amd64' } })).toBe(false);
  expect(isAttestation(part)).toBe(false);
});
