import { invalid } from './error.ts';
import { Window } from './window.ts';

const LARGEST_HEAD = 16 * 1024;

/** One part of a form. Its body must be read to the end before the next part is asked for. */
export interface Part {
  readonly name: string;
  /** Set for a file. */
  readonly fileName?: string;
  readonly body: AsyncIterable<Buffer>;
}

/**
 * Reads a `multipart/form-data` body part by part (RFC 7578; RFC 2046, section 5.1), without holding a file in memory.
 *
 * @throws CodeArtifactError ValidationException when the body is malformed or ends too early
 */
export async function* readParts(source: AsyncIterable<Buffer>, contentType: string): AsyncGenerator<Part> {
  const named = /^multipart\/form-data\s*;.*\bboundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const boundary = named?.[1] ?? named?.[2];
  if (boundary === undefined) throw invalid('The body is no multipart form.', 'CANNOT_PARSE');
  // A delimiter begins with a line break, and the first one may stand at the very beginning.
  const input = new Window(source, '\r\n');
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  for await (const _ of input.until(delimiter));
  for (;;) {
    const afterDelimiter = (await input.takeBytes(2)).toString('latin1');
    if (afterDelimiter === '--') return;
    if (afterDelimiter !== '\r\n') throw invalid('The multipart form is malformed.', 'CANNOT_PARSE');
    const head = await collect(input.until(Buffer.from('\r\n\r\n')), LARGEST_HEAD);
    const disposition = /^content-disposition:\s*form-data\b(.*)$/im.exec(head)?.[1] ?? '';
    const name = parameter(disposition, 'name');
    if (name === undefined) throw invalid('A part of the form has no name.', 'CANNOT_PARSE');
    const fileName = parameter(disposition, 'filename');
    const body = input.until(delimiter);
    yield { name, ...(fileName !== undefined && { fileName }), body };
    // The rest of a body that its reader left.
    for await (const _ of body);
  }
}

async function collect(chunks: AsyncIterable<Buffer>, limit: number): Promise<string> {
  let text = '';
  for await (const chunk of chunks) {
    text += chunk.toString('utf8');
    if (text.length > limit) throw invalid('The head of a part of the form is too long.', 'CANNOT_PARSE');
  }
  return text;
}

function parameter(disposition: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(disposition)?.[1];
  return found?.replace(/\\(.)/g, '$1');
}
