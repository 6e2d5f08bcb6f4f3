/** Largest template that fits into a CloudFormation request itself, in bytes (CloudFormation quotas, template body size). */
export const MAX_INLINE_TEMPLATE_BYTES = 51_200;

/** Largest template that CloudFormation reads from S3, in bytes (CloudFormation quotas: 1 MB). */
export const MAX_TEMPLATE_BYTES = 1_000_000;

/** Size of a template as CloudFormation counts it: bytes of UTF-8. */
export function templateBytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** Whether the text fits into the request, or has to be uploaded to S3 first. */
export function fitsInline(text: string): boolean {
  return templateBytes(text) <= MAX_INLINE_TEMPLATE_BYTES;
}
