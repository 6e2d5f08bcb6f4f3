import { SaxesParser } from 'saxes';
import { quote } from '../operation/inputs.ts';
import { PackageFileError } from './package-file.ts';

/** The coordinates that a POM gives to what is published with it. */
export interface Pom {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  /** `jar` unless the POM says otherwise. */
  readonly packaging: string;
}

/** Source: POM Reference, "Maven coordinates": where they stand. */
const PLACES = [
  'project/groupId',
  'project/artifactId',
  'project/version',
  'project/packaging',
  'project/modelVersion',
  'project/parent/groupId',
  'project/parent/version',
] as const;
type Place = (typeof PLACES)[number];

/** Source: Maven model builder, DefaultModelValidator: ids, and the characters that a version must not have. */
const ID = /^[A-Za-z0-9_.-]{1,255}$/;
const VERSION = /^[^\s\p{C}\\/:"<>|?*#${}[\](),]{1,255}$/u;
/** Source: XML 1.0, appendix F: encodings in which the declaration can be read as it stands. */
const ENCODINGS = ['utf-8', 'us-ascii', 'iso-8859-1', 'windows-1252'];

/** What is known of XML text: the coordinates, where it is a POM. */
type Document = { readonly root: string; readonly values: ReadonlyMap<Place, string> };

/**
 * Reads the coordinates of a POM, with what it inherits from its parent. A document type is refused, with all entities
 * that it could define; nothing but the text is read.
 *
 * @throws PackageFileError for what is no POM that can be published
 */
export function readPom(bytes: Uint8Array): Pom {
  const { root, values } = parse(decode(bytes));
  if (root !== 'project') {
    throw new PackageFileError(`it is no POM: its root is ${quote(root)} and not 'project'; leave it out`);
  }
  const group = values.get('project/groupId') ?? values.get('project/parent/groupId');
  const version = values.get('project/version') ?? values.get('project/parent/version');
  return {
    group: checked('groupId', group, ID),
    artifact: checked('artifactId', values.get('project/artifactId'), ID),
    version: checked('version', version, VERSION),
    packaging: values.get('project/packaging') ?? 'jar',
  };
}

/** Whether XML is a POM whatever its file is called: a project of Maven's model. */
export function looksLikePom(bytes: Uint8Array): boolean {
  try {
    const { root, values } = parse(decode(bytes));
    return root === 'project' && values.has('project/modelVersion');
  } catch (error) {
    if (error instanceof PackageFileError) return false;
    throw error;
  }
}

function checked(element: string, value: string | undefined, pattern: RegExp): string {
  if (value === undefined) {
    throw new PackageFileError(`the POM has no ${element}, and its parent gives none; add it`);
  }
  if (value.includes('${')) {
    throw new PackageFileError(
      `the ${element} of the POM is ${quote(value)}, which is not resolved; publish the POM that flatten-maven-plugin writes, with the value in its place`,
    );
  }
  if (!pattern.test(value)) throw new PackageFileError(`${quote(value)} cannot be the ${element} of a POM; correct it`);
  return value;
}

function decode(bytes: Uint8Array): string {
  const declared = /^<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']/.exec(
    Buffer.from(bytes.subarray(0, 200)).toString('latin1'),
  )?.[1];
  const encoding = declared?.toLowerCase() ?? 'utf-8';
  try {
    if (!ENCODINGS.includes(encoding)) throw new RangeError(encoding);
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new PackageFileError(`the POM is not text in ${quote(declared ?? 'UTF-8')}; write it in UTF-8`);
  }
}

function parse(text: string): Document {
  const parser = new SaxesParser({ xmlns: false });
  const open: string[] = [];
  const values = new Map<Place, string>();
  let root = '';
  const place = () => (open.length > 3 ? undefined : PLACES.find((each) => each === open.join('/')));
  const add = (content: string) => {
    const at = place();
    if (at !== undefined) values.set(at, (values.get(at) ?? '') + content);
  };
  parser.on('doctype', () => {
    throw new PackageFileError('the POM has a document type (DOCTYPE), which is not read; remove it');
  });
  parser.on('error', (error) => {
    throw new PackageFileError(`the POM is not well-formed XML (${error.message}); correct it`);
  });
  parser.on('opentag', ({ name }) => {
    root ||= name;
    open.push(name);
    const at = place();
    if (at === undefined) return;
    if (values.has(at)) throw new PackageFileError(`the POM has ${quote(name)} twice in one place; remove one`);
    values.set(at, '');
  });
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('closetag', () => open.pop());
  parser.write(text).close();
  const trimmed = [...values].map(([at, value]) => [at, value.trim()] as const);
  return { root, values: new Map(trimmed.filter(([, value]) => value !== '')) };
}
