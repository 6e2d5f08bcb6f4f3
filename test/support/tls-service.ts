import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** A TLS server on loopback with a certificate of its own for names that are not its. */
export interface TlsService {
  readonly port: number;
  /** PEM file of the certificate, for NODE_EXTRA_CA_CERTS. */
  readonly certificate: string;
  close(): Promise<void>;
}

/**
 * @param openssl path of the program that makes the certificate
 * @param names what the certificate is for, with `*` for one label
 */
export async function startTlsService(
  openssl: string,
  names: readonly string[],
  answer: RequestListener,
): Promise<TlsService> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'headgate-tls-'));
  const key = path.join(directory, 'key.pem');
  const certificate = path.join(directory, 'certificate.pem');
  const subject = ['-subj', '/CN=headgate-test', '-addext', `subjectAltName=${names.map((name) => `DNS:${name}`)}`];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync(openssl, ['req', '-x509', ...kind, '-keyout', key, '-out', certificate, ...subject], {
    stdio: 'ignore',
  });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    certificate,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        rmSync(directory, { recursive: true, force: true });
      }),
  };
}
