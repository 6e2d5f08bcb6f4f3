import type { IncomingHttpHeaders } from 'node:http';

/** An error as an AWS client understands it. */
export interface AwsErrorReply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const XML_OVER_REST = new Set(['s3', 's3express', 'cloudfront', 'route53']);

/**
 * Shapes an error for the protocol of the request: the Query protocol and the XML services get XML, everything else
 * JSON. Source of the shapes: Smithy, "AWS query protocol", "AWS restXml protocol" and "AWS JSON 1.1 protocol".
 */
export function awsError(
  request: { headers: IncomingHttpHeaders; query: URLSearchParams; service: string },
  error: { status: number; code: string; message: string },
): AwsErrorReply {
  const requestId = 'headgate-local';
  const type = request.headers['content-type'] ?? '';
  const code = escapeXml(error.code);
  const message = escapeXml(error.message);
  const headers = { 'x-amzn-requestid': requestId, 'x-amzn-errortype': error.code };
  if (XML_OVER_REST.has(request.service)) {
    const fault = `<Code>${code}</Code><Message>${message}</Message><RequestId>${requestId}</RequestId>`;
    const bare = request.service.startsWith('s3');
    const body = bare ? `<Error>${fault}</Error>` : `<ErrorResponse><Error>${fault}</Error></ErrorResponse>`;
    return { status: error.status, headers: { ...headers, 'content-type': 'application/xml' }, body };
  }
  if (type.startsWith('application/x-www-form-urlencoded') || request.query.has('Action')) {
    const body =
      request.service === 'ec2'
        ? `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>${requestId}</RequestID></Response>`
        : `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
    return { status: error.status, headers: { ...headers, 'content-type': 'text/xml' }, body };
  }
  const json = type.startsWith('application/x-amz-json') ? type : 'application/json';
  return {
    status: error.status,
    headers: { ...headers, 'content-type': json },
    body: JSON.stringify({ __type: error.code, message: error.message }),
  };
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
