import { NamingError } from './error.ts';

/** Characters of a prefix and of a component, so that the slug of the branch keeps some of a name's 52. */
export const MAX_PREFIX = 15;
export const MAX_COMPONENT = 20;

const WORDS = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * @returns the component: lower-case words and digits with single hyphens, at most 20 characters
 * @throws NamingError
 */
export function checkComponent(text: string): string {
  return check('component', text, MAX_COMPONENT);
}

/**
 * @returns the prefix: lower-case words and digits with single hyphens, at most 15 characters
 * @throws NamingError
 */
export function checkPrefix(text: string): string {
  return check('prefix', text, MAX_PREFIX);
}

function check(part: string, text: string, limit: number): string {
  if (WORDS.test(text) && text.length <= limit) return text;
  throw new NamingError(
    part,
    text,
    `is not a ${part}; write at most ${limit} of a-z, 0-9 and single hyphens, with a letter first, for example 'web'`,
  );
}
