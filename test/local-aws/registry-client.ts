import { request } from 'node:http';
import { ECR } from '@aws-sdk/client-ecr';
import type { LocalAws } from '../../local-aws/start.ts';

export const ACCOUNT = '000000000000';
export const REGION = 'eu-west-1';

/** The name of an account's registry in a Region. */
export const registryName = (account = ACCOUNT, region = REGION) => `${account}.dkr.ecr.${region}.amazonaws.com`;

/** ECR's API, as an account sees it in a Region. */
export function ecrOf(aws: LocalAws, account = ACCOUNT, region = REGION): ECR {
  const credentials = { accessKeyId: account, secretAccessKey: 'local' };
  return new ECR({ endpoint: aws.endpoint, region, credentials, maxAttempts: 1 });
}

/** The value of the header Authorization that ECR's login stands for. */
export async function loginOf(ecr: ECR): Promise<string> {
  const { authorizationData } = await ecr.getAuthorizationToken();
  return `Basic ${authorizationData?.[0]?.authorizationToken}`;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** `CODE: message` of the first error. */
  readonly error: string;
}

/** Sends one request to the gateway; redirects are not followed, and `host` may be any name. */
export function ask(
  aws: LocalAws,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: Buffer | string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(aws.endpoint);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers: options.headers ?? {} }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const body = Buffer.concat(chunks);
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body, error: errorIn(body) });
      });
    });
    sent.once('error', reject).end(options.body);
  });
}

function errorIn(body: Buffer): string {
  try {
    const [first] = JSON.parse(body.toString()).errors;
    return `${first.code}: ${first.message}`;
  } catch {
    return '';
  }
}
