import { InputError, type InputSpec, type InputSpecs, input, quote } from '../../../lib/operation/inputs.ts';
import { REPOSITORY_INPUTS } from '../repository-inputs.ts';
import { isTool, TOOLS, type Tool } from './tools.ts';

/** Source: API reference, GetAuthorizationToken. */
const SHORTEST_SECONDS = 900;
const LONGEST_SECONDS = 43_200;

export const LOGIN_INPUTS = {
  ...REPOSITORY_INPUTS,
  tools: atLeastOne(
    input.list({
      description: `The package managers to log in, one a line: ${TOOLS.join(', ')}.`,
      check: (text) => (isTool(text) ? undefined : `is not a tool; write ${TOOLS.join(', ')}, one a line`),
    }),
  ),
  duration: between(
    input.duration({
      description: "How long the login lasts, from 15m to 12h. Without it, as long as the job's credentials.",
    }),
  ),
  fallback: input.boolean({
    description:
      'Write the logins of all Regions that answer, the nearest one first. Without it, only that of the nearest one.',
    default: 'true',
  }),
  'npm-scope': input.list({
    description:
      "Scopes of npm packages that come from the repository, one a line, for example '@acme'. Without it, all packages do: it becomes the default registry.",
    check: (text) =>
      /^@[a-z0-9~-][a-z0-9._~-]*$/.test(text) ? undefined : "is not a scope; write for example '@acme'",
  }),
  'maven-repository-id': input.string({
    description:
      "Id of the repository and of the server in Maven's settings. 'central' makes it stand in the place of Maven Central.",
    default: 'codeartifact',
    check: (text) => {
      if (text === 'local') return "is Maven's own name for its cache; write another one";
      return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)
        ? undefined
        : "is not an id; write letters, digits, '.', '_' and '-'";
    },
  }),
  'cargo-registry': input.string({
    description: 'Name of the registry for cargo, as in `registry = "codeartifact"` of a dependency.',
    default: 'codeartifact',
    check: (text) => {
      if (text === 'crates-io') return "is cargo's own name for crates.io; write another one";
      return /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(text)
        ? undefined
        : "is not a name; write letters, digits, '_' and '-', beginning with a letter";
    },
  }),
  directory: input.string({
    description:
      'Write the files below this folder, in place of the home of the user: absolute, or relative to the checkout. The report says how each tool is led there. Keep it out of artefacts and caches.',
    check: (text) => (text.includes('\0') ? 'is not a path' : undefined),
  }),
  remove: input.boolean({
    description:
      "Take the login out of the files again, in place of making one. For the terminal, where it stays; in a job the clean-up does it. Give the same 'domain', 'repository', 'tools' and 'directory'.",
    default: 'false',
  }),
} as const satisfies InputSpecs;

/** A duration that CodeArtifact gives tokens for. */
function between(spec: InputSpec<number | undefined>): InputSpec<number | undefined> {
  return {
    ...spec,
    parse: async (text, context) => {
      const seconds = await spec.parse(text, context);
      if (seconds !== undefined && (seconds < SHORTEST_SECONDS || seconds > LONGEST_SECONDS)) {
        throw new InputError(`${quote(text)} is not from 15m to 12h, which CodeArtifact allows`);
      }
      return seconds;
    },
  };
}

/** A list that must name something. */
function atLeastOne(spec: InputSpec<readonly string[]>): InputSpec<readonly [Tool, ...Tool[]]> {
  return {
    ...spec,
    required: true,
    parse: async (text, context) => {
      const [first, ...more] = new Set((await spec.parse(text, context)).filter(isTool));
      if (first === undefined) throw new InputError(`names no tool; write ${TOOLS.join(', ')}, one a line`);
      return [first, ...more];
    },
  };
}
