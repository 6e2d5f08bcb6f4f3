import type { ApiCall } from './api-call.ts';
import { invalid } from './error.ts';
import type { Tags } from './model.ts';

/** Source: API reference, Tag and TagResource. */
const MOST_TAGS = 200;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;
const WITHOUT_CONTROLS = /^\P{C}*$/u;

/** The tags that a call gives; undefined when it gives none. @throws CodeArtifactError ValidationException */
export function readTags(call: ApiCall): Tags | undefined {
  const sent = call.parameters.objects('tags');
  if (sent === undefined) return undefined;
  if (sent.length > MOST_TAGS) throw invalid(`A call takes at most ${MOST_TAGS} tags.`);
  const tags: Tags = new Map();
  for (const { key, value } of sent) {
    if (typeof key !== 'string' || typeof value !== 'string') throw invalid('A tag must have a key and a value.');
    checkKey(call, key);
    if (tags.has(key)) throw invalid(`The tag '${key}' is given twice.`);
    if (value.length > LONGEST_VALUE || !WITHOUT_CONTROLS.test(value)) {
      throw invalid(
        `The value of the tag '${key}' must have at most ${LONGEST_VALUE} characters, and no control ones.`,
      );
    }
    tags.set(key, value);
  }
  return tags;
}

/** Only services give tags that begin with `aws:`. Source: user guide, "Tagging resources". */
export function checkKey({ byService }: ApiCall, key: string): void {
  if (key === '' || key.length > LONGEST_KEY || !WITHOUT_CONTROLS.test(key)) {
    throw invalid(`The key of a tag must have 1 to ${LONGEST_KEY} characters, and no control ones.`);
  }
  if (!byService && key.toLowerCase().startsWith('aws:')) {
    throw invalid(`The key '${key}' is reserved: those that begin with 'aws:' belong to AWS.`);
  }
}
