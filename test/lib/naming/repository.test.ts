import { describe, expect, test } from '@jest/globals';
import { NamingError } from '../../../lib/naming/error.ts';
import { repositoryId, repositoryIdFromRemote, repositoryIdOf } from '../../../lib/naming/repository.ts';

describe('a repository', () => {
  test.each([
    ['github.com', 'Acme/Shop', 'github.com/acme/shop'],
    ['GitHub.com', '/acme/shop/', 'github.com/acme/shop'],
    ['gitlab.example.com:8443', 'group/sub/project.git', 'gitlab.example.com/group/sub/project'],
    ['localhost', 'a/b', 'localhost/a/b'],
    ['10.0.0.1', 'a_b/c.d', '10.0.0.1/a_b/c.d'],
    ['github.com', 'acme/.github', 'github.com/acme/.github'],
  ])('%s %s is %s', (host, path, id) => {
    expect(repositoryId(host, path)).toBe(id);
  });

  test.each([
    ['', 'a/b'],
    ['git hub.com', 'a/b'],
    ['-x.com', 'a/b'],
    ['\u212Ait.com', 'a/b'],
    ['github.com', ''],
    ['github.com', 'shop'],
    ['github.com', 'a//b'],
    ['github.com', 'a/..'],
    ['github.com', 'a/b c'],
    ['github.com', 'a/é'],
    ['github.com', 'a/b\0'],
    ['github.com', `a/${'b'.repeat(255)}`],
  ])('%j %j is refused', (host, path) => {
    expect(() => repositoryId(host, path)).toThrow(NamingError);
  });
});

describe('a repository in one text', () => {
  test('is read back as it was written', () => {
    expect(repositoryIdOf('github.com/Acme/Shop')).toBe('github.com/acme/shop');
  });

  test.each(['', 'shop', 'acme/shop', '/acme/shop', 'https://github.com/acme/shop'])('%j is refused', (text) => {
    expect(() => repositoryIdOf(text)).toThrow(NamingError);
  });
});

describe('the repository of a remote', () => {
  test.each([
    'https://github.com/Acme/Shop.git',
    'https://github.com/acme/shop',
    'https://github.com/acme/shop/',
    'https://x-access-token:s3cret@github.com/acme/shop.git',
    'https://user:p%40ss@github.com:8443/acme/shop.git',
    'http://github.com:80/acme/shop',
    'ssh://git@github.com/acme/shop.git',
    'ssh://git@github.com:2222/acme/shop.git',
    'git+ssh://git@github.com/acme/shop.git',
    'git@github.com:acme/shop.git',
    'github.com:acme/shop',
    'git@github.com:/acme/shop.git',
    'user:s3cret@github.com:acme/shop',
    ' https://github.com/acme/shop.git\n',
  ])('%j is github.com/acme/shop', (url) => {
    expect(repositoryIdFromRemote(url)).toBe('github.com/acme/shop');
  });

  test.each([
    '',
    '.',
    '../shop',
    '/srv/git/shop.git',
    'C:/git/shop',
    'C:\\git\\shop',
    'file:///srv/git/shop',
    'ext::sh -c x',
    'https://',
    'https://github.com',
  ])('%j has none', (url) => {
    expect(() => repositoryIdFromRemote(url)).toThrow(NamingError);
  });

  test.each([
    'https://user:s3cret@/acme/shop',
    'https://user:s3cret@github.com',
    'https://user:s3cret@github.com/shop',
    'user:s3cret@github.com/acme/shop',
    'github.com:s3cret@acme/shop',
    'https://user:12/s3cret@github.com/acme/shop',
    'https:user:s3cret@github.com/acme/shop',
    's3cret',
  ])('no error repeats a credential: %j', (url) => {
    let message = '';
    try {
      repositoryIdFromRemote(url);
    } catch (error) {
      message = String(error) + JSON.stringify(error);
    }
    expect(message).toContain('NamingError');
    expect(message).not.toContain('s3cret');
  });
});
