import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { CodeArtifactError } from './error.ts';
import type { Asset } from './model.ts';

/** An answer that has not been sent yet. An asset is streamed from its file. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string | Asset;
}

export function json(value: unknown, status = 200): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

export function text(content: string, type = 'text/plain; charset=utf-8', status = 200): Reply {
  return { status, headers: { 'content-type': type }, body: content };
}

export function assetReply(asset: Asset, headers: Record<string, string> = {}): Reply {
  const own = { 'content-type': 'application/octet-stream', 'content-length': String(asset.size) };
  return { status: 200, headers: { ...own, ...headers }, body: asset };
}

/** An error in the shape of restJson1, which package managers show as it is. */
export function errorReply({ status, code, message, details }: CodeArtifactError): Reply {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-amzn-errortype': code };
  // pip, twine, npm and Maven look for a challenge before they say that a login is needed (RFC 9110, section 11.6.1).
  if (status === 401) headers['www-authenticate'] = 'Basic realm="CodeArtifact"';
  return { status, headers, body: JSON.stringify({ message, ...details }) };
}

/** Sends an answer; a caller that goes away ends it. */
export async function send({ status, headers, body }: Reply, method: string, response: ServerResponse): Promise<void> {
  const common = { 'x-amzn-requestid': 'headgate-local' };
  if (typeof body === 'string') {
    const length = String(Buffer.byteLength(body));
    response.writeHead(status, { ...common, ...headers, 'content-length': length });
    response.end(method === 'HEAD' ? undefined : body);
    return;
  }
  response.writeHead(status, { ...common, ...headers });
  if (method === 'HEAD') response.end();
  else await pipeline(createReadStream(body.file), response).catch(() => response.destroy());
}
