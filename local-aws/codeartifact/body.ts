import type { IncomingMessage } from 'node:http';
import { invalid, tooLarge } from './error.ts';

/** Reads a whole body into memory. @throws CodeArtifactError when it is larger than the limit */
export async function readBody(source: AsyncIterable<Buffer>, limit: number, what = 'The body'): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > limit) throw tooLarge(what, limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads a JSON object; an empty body is an empty object. @throws CodeArtifactError ValidationException */
export async function readJson(request: IncomingMessage, limit: number): Promise<Record<string, unknown>> {
  return parseObject((await readBody(request, limit)).toString('utf8') || '{}');
}

/** @throws CodeArtifactError ValidationException when the text is no JSON object */
export function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('The body is not JSON.', 'CANNOT_PARSE');
  }
  if (!isObject(value)) throw invalid('The body is not a JSON object.', 'CANNOT_PARSE');
  return value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that is a text and not empty. */
export function textOf(object: Readonly<Record<string, unknown>>, member: string): string | undefined {
  const value = Object.hasOwn(object, member) ? object[member] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}
