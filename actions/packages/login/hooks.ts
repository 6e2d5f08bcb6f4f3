import path from 'node:path';
import { OperationFailed } from '../../../lib/errors.ts';
import type { Json } from '../../../lib/hosts/host.ts';
import { jobEnvironment } from '../../../lib/hosts/job-environment.ts';
import type { Context, Outcome } from '../../../lib/operation/define.ts';
import type { LOGIN_OUTPUTS, LoginContext } from '../login.ts';
import { type RepositoryRegion, regionsOf } from '../regions.ts';
import { repositoryNameOf } from '../repository-inputs.ts';
import { blockId } from './block.ts';
import { endpointOf, type LoginFile, type RegionLogin } from './login-file.ts';
import { findNearest, type NearestRegions } from './nearest-regions.ts';
import { overridesOf } from './overrides.ts';
import { loginFiles } from './places.ts';
import { checkRead, openTransport, RegionUnusable } from './read-check.ts';
import { loginReport, removalReport } from './report.ts';
import { isPrivate, readPlain } from './target-file.ts';
import type { Tool } from './tools.ts';
import { findPlaces, type Place, removeLogins, textOf, undoFrom, undoOf, writeLogins } from './write-logins.ts';

interface Common {
  /** Names the login in the files. */
  readonly id: string;
  readonly tools: readonly [Tool, ...Tool[]];
  readonly files: readonly LoginFile[];
}

type Prepared =
  | (Common & { readonly kind: 'remove' })
  | (Common & { readonly kind: 'log-in'; readonly nearest: NearestRegions; readonly overrides: readonly string[] });

type Executed =
  | { readonly kind: 'removed'; readonly files: readonly string[] }
  | {
      readonly kind: 'logged-in';
      readonly places: readonly Place[];
      readonly logins: readonly [RegionLogin, ...RegionLogin[]];
    };

/** Looks at everything that can stand in the way, first on this machine, and finds the Regions. Writes nothing. */
export async function prepare(context: LoginContext): Promise<Prepared> {
  const { inputs, host, log, workspace, aws } = context;
  const environment = jobEnvironment();
  const name = repositoryNameOf(inputs);
  const { tools } = inputs;
  const several = inputs.fallback && inputs.replicas.length > 0;
  const common: Common = {
    id: blockId(name.domainOwner, name.domain, name.repository),
    tools,
    files: loginFiles({
      tools,
      directory: inputs.directory === undefined ? undefined : path.resolve(workspace, inputs.directory),
      environment,
      several,
      npmScopes: inputs['npm-scope'],
      mavenRepositoryId: inputs['maven-repository-id'],
      cargoRegistry: inputs['cargo-registry'],
    }),
  };
  if (inputs.remove) return { ...common, kind: 'remove' };

  const regions: readonly RepositoryRegion[] = regionsOf(aws, inputs.replicas);
  await findPlaces(common.files, common.id);
  const asked = {
    name,
    tools,
    seconds: inputs.duration ?? 0,
    userAgent: userAgentOf(context),
    environment,
    keepSecret: (token: string) => host.mask(token),
  };
  const nearest = await findNearest(regions, asked, context);
  for (const { region, reason } of nearest.leftOut) log.warning(`${region} is left out: ${reason}`);
  const overrides = await overridesOf({ tools, environment, workspace, cargoRegistry: inputs['cargo-registry'] });
  for (const sentence of overrides) log.warning(sentence);
  return { ...common, kind: 'log-in', nearest, overrides };
}

function userAgentOf({ version, operation }: LoginContext): string {
  return `headgate/${version} ${operation.replaceAll(' ', '.')}`;
}

/** Writes the logins, or removes them. */
export async function execute(context: LoginContext, prepared: Prepared): Promise<Executed> {
  const { id, files } = prepared;
  if (prepared.kind === 'remove') {
    // What stands beside the login is no matter now: only the places are wanted.
    const places = await findPlaces(files.map(withoutConflicts), id);
    return { kind: 'removed', files: await removeLogins(undoOf(places, id)) };
  }
  const logins = writtenLogins(context, prepared.nearest);
  // Once more: asking the Regions took its time, and another step may have written there.
  const places = await findPlaces(files, id);
  await keepUndo(context, places, id);
  await orTakeBack(places, id, () => writeLogins(places, id, logins, context.log));
  return { kind: 'logged-in', places, logins };
}

function withoutConflicts(file: LoginFile): LoginFile {
  const { shadow, ...rest } = file;
  return { ...rest, conflicts: () => [] };
}

function writtenLogins(
  { inputs }: LoginContext,
  { logins: [nearest, ...others] }: NearestRegions,
): readonly [RegionLogin, ...RegionLogin[]] {
  return inputs.fallback ? [nearest, ...others] : [nearest];
}

/**
 * At the terminal nothing is kept, because what is kept there is cleaned up when the process ends: the login shall stay.
 * On GitLab all logins of a job share one state, so that one adds to what is there.
 */
async function keepUndo({ host, operation, keepForCleanup }: LoginContext, places: readonly Place[], id: string) {
  if (host.name === 'terminal') return;
  const before = await host.savedState(operation);
  const all = [...(before === undefined ? [] : undoFrom(before)), undoOf(places, id)];
  await keepForCleanup(all.map(({ id, files, folders }) => ({ id, files, folders })));
}

/** A login that came to nothing leaves nothing behind. */
async function orTakeBack(places: readonly Place[], id: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await removeLogins(undoOf(places, id)).catch(() => {});
    throw error;
  }
}

/** Reads the files back, and proves for each tool that the login in them works. */
export async function confirm(
  context: LoginContext,
  prepared: Prepared,
  executed: Executed,
): Promise<Outcome<keyof typeof LOGIN_OUTPUTS>> {
  if (executed.kind === 'removed' || prepared.kind === 'remove') {
    const files = executed.kind === 'removed' ? executed.files : [];
    return {
      summary: files.length === 0 ? 'There was no login to remove.' : `Removed the login from ${files.join(', ')}.`,
      outputs: {},
      report: removalReport(prepared.id, files),
      result: { removed: files },
    };
  }
  const { id, tools, nearest, overrides } = prepared;
  const { places, logins } = executed;
  await orTakeBack(places, id, async () => {
    await checkFiles(places, id, logins);
    await checkLogin(context, tools, logins[0]);
  });
  const [chosen] = logins;
  const expires = new Date(Math.min(...logins.map(({ expiration }) => expiration.getTime())));
  const files = places.map(({ login }) => login.file);
  return {
    summary: `Logged ${tools.join(', ')} in to ${id} in ${chosen.region}, until ${expires.toISOString()}.`,
    outputs: {
      region: chosen.region,
      'expires-at': expires.toISOString(),
      files: files.join(path.delimiter),
      ...Object.fromEntries(tools.map((tool) => [`endpoint-${tool}`, addressOf(chosen, tool).href])),
    },
    report: loginReport({ ...prepared, inputs: context.inputs, host: context.host.name, places, logins, expires }),
    result: {
      region: chosen.region,
      'expires-at': expires.toISOString(),
      files,
      regions: nearest.logins.map(({ region, milliseconds }) => ({ region, milliseconds })),
      'left-out': nearest.leftOut.map(({ region, reason }) => ({ region, reason })),
      overrides,
    },
  };
}

async function checkFiles(
  places: readonly Place[],
  id: string,
  logins: readonly [RegionLogin, ...RegionLogin[]],
): Promise<void> {
  for (const place of places) {
    const { file } = place.target;
    if ((await readPlain(file)) === textOf(place, id, logins) && (await isPrivate(file))) continue;
    throw new OperationFailed({
      what: `'${place.login.file}' is not as it was written`,
      cause: 'something else writes to it at the same time, for example another job with the same home',
      next: "Give each job a 'directory' of its own, and run again; the login was taken out again",
    });
  }
}

async function checkLogin(context: LoginContext, tools: readonly Tool[], login: RegionLogin): Promise<void> {
  const { clock, signal } = context;
  const transport = openTransport(userAgentOf(context), jobEnvironment(), signal);
  try {
    for (const tool of tools) await checkRead(login, tool, { transport, clock, signal });
  } catch (error) {
    if (!(error instanceof RegionUnusable)) throw error;
    throw new OperationFailed(
      {
        what: `The login to ${login.region} does not work: ${error.message}`,
        cause: error.likely,
        next: `${error.next}; the login was taken out of the files again`,
      },
      { cause: error },
    );
  } finally {
    transport.close();
  }
}

function addressOf(login: RegionLogin, tool: Tool): URL {
  const endpoint = endpointOf(login, tool);
  return tool === 'pip' ? new URL('simple/', endpoint) : endpoint;
}

/** After the job. */
export async function cleanUp(state: Json, { log }: Pick<Context, 'log'>): Promise<void> {
  // The last login first, as one that made a file may have come before one that only added to it.
  for (const undo of [...undoFrom(state)].reverse()) {
    for (const file of await removeLogins(undo)) log.info(`Removed the login from ${file}.`);
  }
}
