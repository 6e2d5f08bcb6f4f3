import { type ProtocolSigns, protocolOf } from './protocol.ts';

/** An error of a service. */
export interface AwsError {
  status: number;
  code: string;
  message: string;
}

/** An error as an AWS client understands it. */
export interface AwsErrorReply {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

const REQUEST_ID = 'headgate-local';

/**
 * Shapes an error for the protocol of the request. Source of the shapes: Smithy, "AWS query protocol", "AWS EC2 query
 * protocol", "AWS restXml protocol", "AWS JSON 1.1 protocol", "AWS restJson1 protocol" and "Smithy RPC v2 CBOR
 * protocol"; OCI distribution specification, "Error Codes".
 */
export function awsError(request: ProtocolSigns, { status, code, message }: AwsError): AwsErrorReply {
  const common = { 'x-amzn-requestid': REQUEST_ID, 'x-amzn-errortype': code };
  const reply = (type: string, body: string | Buffer, more: Record<string, string> = {}): AwsErrorReply => ({
    status,
    headers: { ...common, ...more, 'content-type': type },
    body,
  });
  const said = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
  const id = `<RequestId>${REQUEST_ID}</RequestId>`;
  const fault = `<Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>${said}</Error>`;
  switch (protocolOf(request)) {
    case 's3':
      return reply('application/xml', `<Error>${said}${id}</Error>`);
    case 'rest-xml':
      return reply('application/xml', `<ErrorResponse>${fault}${id}</ErrorResponse>`);
    case 'query':
      return reply('text/xml', `<ErrorResponse>${fault}${id}</ErrorResponse>`);
    case 'ec2': {
      const body = `<Response><Errors><Error>${said}</Error></Errors><RequestID>${REQUEST_ID}</RequestID></Response>`;
      return reply('text/xml', body);
    }
    case 'cbor-rpc': {
      const body = cborMap({ __type: code, message });
      return reply('application/cbor', body, { 'smithy-protocol': 'rpc-v2-cbor' });
    }
    case 'json-rpc':
      return reply(request.headers['content-type'] ?? '', JSON.stringify({ __type: code, message }));
    case 'oci-registry':
      return reply('application/json', JSON.stringify({ errors: [{ code, message }] }));
    case 'rest-json':
      return reply('application/json', JSON.stringify({ __type: code, message }));
  }
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A map of short texts (RFC 8949, sections 3 and 3.1: major type 5 holding major type 3). */
function cborMap(texts: Record<string, string>): Buffer {
  const parts = [Buffer.from([0xa0 + Object.keys(texts).length])];
  for (const text of Object.entries(texts).flat()) {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(3);
    length.writeUInt8(0x79, 0);
    length.writeUInt16BE(bytes.length, 1);
    parts.push(length, bytes);
  }
  return Buffer.concat(parts);
}
