import { expect, test } from '@jest/globals';
import type { Domain } from '../../local-aws/codeartifact/model.ts';
import { Tokens } from '../../local-aws/codeartifact/tokens.ts';

test('no token looks like an option of a program, which twine would take it for', () => {
  const tokens = new Tokens();
  for (let n = 0; n < 1000; n++) expect(tokens.give('000000000000', {} as Domain, 0).token).toMatch(/^[a-z]/);
});
