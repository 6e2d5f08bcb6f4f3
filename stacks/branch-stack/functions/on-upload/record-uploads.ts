import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';

/** What is used of an event of S3: "Event message structure", Amazon S3 user guide. */
export interface UploadEvent {
  readonly Records: readonly {
    readonly eventTime: string;
    readonly s3: {
      readonly object: {
        /** URL-encoded as a form is: a space is `+`. */
        readonly key: string;
        /** Bytes. */
        readonly size: number;
        readonly eTag: string;
        readonly sequencer: string;
      };
    };
  }[];
}

/**
 * Writes one item an upload. S3 delivers an event at least once and in any order: key and sequencer are the item's
 * key, so that a second delivery writes the same item. A failed write fails the call, and Lambda repeats it.
 *
 * @returns the number of uploads written
 */
export async function recordUploads(event: UploadEvent, table: string, dynamodb: DynamoDBClient): Promise<number> {
  for (const { eventTime, s3 } of event.Records) {
    const { key, size, eTag, sequencer } = s3.object;
    const item = {
      key: { S: decodeURIComponent(key.replaceAll('+', ' ')) },
      sequencer: { S: sequencer },
      size: { N: String(size) },
      etag: { S: eTag },
      eventTime: { S: eventTime },
    };
    await dynamodb.send(new PutItemCommand({ TableName: table, Item: item }));
  }
  return event.Records.length;
}
