import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { recordUploads, type UploadEvent } from './record-uploads.ts';

const dynamodb = new DynamoDBClient();

/** Called by S3 for each object that is made in the bucket. */
export async function handler(event: UploadEvent): Promise<void> {
  const written = await recordUploads(event, process.env.TABLE ?? '', dynamodb);
  console.log(JSON.stringify({ written }));
}
