import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Refused } from '../../errors.ts';
import { packageRoot } from '../../package-root.ts';
import { type DeployedStack, type Deployment, deployStack } from './deploy-stack.ts';
import { describeStack, type StackContext, type StackState } from './stack.ts';

/** The one stack that prepares an account and Region: a bucket for code and large templates. */
export const BOOTSTRAP_STACK = 'headgate-bootstrap';
const TAG = 'headgate:bootstrap';
const TIMEOUT = 15 * 60_000;

/** The bootstrap stack as it stands; undefined where the account and Region were not prepared. */
export async function describeBootstrap(context: StackContext): Promise<StackState | undefined> {
  return await describeStack(await context.aws.cloudFormation(), BOOTSTRAP_STACK);
}

/** Where the template of the bootstrap stack lies. */
export function bootstrapTemplateFile(): string {
  return path.join(packageRoot(), 'stacks', 'stack', 'template.yaml');
}

/**
 * Makes or updates the bootstrap stack. Running it again changes nothing.
 *
 * @throws Refused when a stack of that name was made by somebody else
 */
export async function deployBootstrap(context: StackContext, version: string): Promise<DeployedStack> {
  return await deployStack(context, await bootstrapDeployment(version));
}

/** What `deployBootstrap` deploys. */
export async function bootstrapDeployment(version: string): Promise<Deployment> {
  return {
    stackName: BOOTSTRAP_STACK,
    template: { body: await readFile(bootstrapTemplateFile(), 'utf8') },
    parameters: {},
    tags: () => ({ [TAG]: 'true' }),
    capabilities: [],
    description: `headgate ${version}: stack bootstrap`,
    timeout: TIMEOUT,
    guard: checkBootstrap,
  };
}

/** @throws Refused when the stack is not the bootstrap stack of this project */
export function checkBootstrap(stack: StackState): void {
  if (stack.tags[TAG] === 'true' || (stack.status === 'REVIEW_IN_PROGRESS' && Object.keys(stack.tags).length === 0))
    return;
  throw new Refused({
    what: `The stack ${BOOTSTRAP_STACK} has no tag ${TAG}; it is not touched`,
    cause: 'somebody else made a stack of this name',
    next: "Name a bucket of yours with 'assets-bucket' instead, or remove that stack",
  });
}
