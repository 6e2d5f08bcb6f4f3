import { type RepositoryName, requestEndpoint, requestToken } from '../../../lib/aws/codeartifact/repository.ts';
import type { RepositoryRegion } from '../regions.ts';
import type { RegionLogin } from './login-file.ts';
import { checkRead, openTransport, type ReadContext } from './read-check.ts';
import { FORMAT_OF, type Tool } from './tools.ts';

export interface Asked {
  readonly name: RepositoryName;
  /** At least one. */
  readonly tools: readonly [Tool, ...Tool[]];
  /** 0 for as long as the caller's own credentials. */
  readonly seconds: number;
  readonly userAgent: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Is told of every token before anything else is done with it. */
  readonly keepSecret: (token: string) => void;
}

/**
 * Logs in to one Region, and measures how long a read takes there: the second one over the same connection, so that names,
 * TCP and TLS do not decide.
 *
 * @throws RegionUnusable, or what AWS answers
 */
export async function askRegion(
  { region, aws }: RepositoryRegion,
  asked: Asked,
  context: Omit<ReadContext, 'transport'>,
): Promise<RegionLogin> {
  const { name, tools, seconds, keepSecret } = asked;
  const client = await aws.codeArtifact();
  const { signal } = context;
  const [endpoints, { token, expiration }] = await Promise.all([
    Promise.all(
      tools.map(
        async (tool): Promise<[Tool, URL]> => [tool, await requestEndpoint(client, name, FORMAT_OF[tool], signal)],
      ),
    ),
    requestToken(client, name, { seconds, signal }),
  ]);
  keepSecret(token);
  const login = { region, token, expiration, endpoints: new Map(endpoints), milliseconds: 0 };

  const transport = openTransport(asked.userAgent, asked.environment, context.signal);
  try {
    const reading = { ...context, transport };
    await checkRead(login, tools[0], reading);
    const begun = context.clock.now().getTime();
    await checkRead(login, tools[0], reading);
    return { ...login, milliseconds: context.clock.now().getTime() - begun };
  } finally {
    transport.close();
  }
}
