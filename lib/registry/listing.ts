import { discard, type HttpAnswer, readBody } from '../net/transport.ts';
import { addressFrom, registryOrigin, sameOrigin } from './address.ts';
import { unusableError } from './failure.ts';
import { nextLink } from './link.ts';
import { formatReference, type Repository } from './reference.ts';
import type { Registry } from './registry.ts';
import type { Call, Session } from './session.ts';

/** Tags that are asked for at once. ECR and GitLab give no more. */
const PAGE = 1000;
/** Some registries know no pages and answer with all tags at once. */
const MAX_PAGE_BYTES = 32 * 1024 * 1024;
/** A registry that leads in circles is left at some time. */
const MAX_PAGES = 100_000;

/** What an answer says about the page after it, on the same host only: the login goes there, too. */
export function nextPage(answer: HttpAnswer, at: URL, attempted: { doing: string; registry: string }): URL | undefined {
  const link = nextLink(answer.headers.link);
  if (link === undefined) return undefined;
  const next = addressFrom(link, at);
  if (next === undefined || !sameOrigin(next, at) || next.href === at.href) {
    throw unusableError(attempted, 'a next page that is not a page of this registry');
  }
  return next;
}

/**
 * Lists tags page by page: by the Link header, and where a full page has none, by `last`.
 * Source: distribution-spec, "Listing Tags".
 */
export function tagLister(session: Session): Registry['tags'] {
  return async function* (repository) {
    const home = registryOrigin(repository.registry);
    const doing = `list the tags of ${formatReference(repository)}`;
    let url = new URL(`/v2/${repository.path}/tags/list?n=${PAGE}`, home);
    for (let page = 0, last: string | undefined; page < MAX_PAGES; page++) {
      const { tags, next } = await readPage(session, repository, url, doing);
      // A registry that does not know `last` begins again.
      if (last !== undefined && tags.includes(last)) return;
      yield* tags;
      if (next !== undefined) {
        url = next;
        continue;
      }
      last = tags.at(-1);
      if (tags.length !== PAGE || last === undefined) return;
      url = new URL(`/v2/${repository.path}/tags/list?n=${PAGE}&last=${encodeURIComponent(last)}`, home);
    }
    throw unusableError({ doing, registry: repository.registry }, 'pages without an end');
  };
}

interface TagPage {
  readonly tags: readonly string[];
  readonly next: URL | undefined;
}

async function readPage(session: Session, repository: Repository, url: URL, doing: string): Promise<TagPage> {
  const attempted = { doing, registry: repository.registry };
  const call: Call = { repository, doing, method: 'GET', path: url, access: 'pull', accept: [200, 404] };
  return await session.call(call, async (answer) => {
    if (answer.status === 404) {
      discard(answer);
      return { tags: [], next: undefined };
    }
    const body = await readBody(answer, MAX_PAGE_BYTES);
    return { tags: tagsIn(body, answer, attempted), next: nextPage(answer, url, attempted) };
  });
}

function tagsIn(
  body: Buffer | undefined,
  answer: HttpAnswer,
  attempted: { doing: string; registry: string },
): readonly string[] {
  const contentType = answer.headers['content-type'];
  let tags: unknown;
  try {
    tags = JSON.parse((body ?? '').toString()).tags;
  } catch {
    throw unusableError(attempted, 'a list of tags that is not JSON', { contentType });
  }
  // Distribution writes null when all tags of a repository were removed.
  if (tags === null || tags === undefined) return [];
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string')) {
    throw unusableError(attempted, 'a list of tags that is not a list of texts', { contentType });
  }
  return tags;
}
