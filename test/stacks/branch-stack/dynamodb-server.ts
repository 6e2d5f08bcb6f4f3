import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

export interface Call {
  readonly operation: string;
  readonly body: Record<string, unknown>;
}

/** A server on loopback that speaks as much of DynamoDB's protocol as one test needs, and a client of it. */
export async function startDynamodb(answer: (call: Call) => { status?: number; body: unknown }) {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const call = { operation: String(request.headers['x-amz-target']).replace(/^.*\./, ''), body };
    calls.push(call);
    const { status = 200, body: result } = answer(call);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(result));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const stop = async () => {
    client.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { client, calls, stop };
}
