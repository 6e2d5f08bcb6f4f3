import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect } from '@jest/globals';
import type { Json } from '../../../lib/hosts/host.ts';
import { forRegistry } from '../../../lib/packages/cargo-description.ts';
import { requires } from '../../support/requires.ts';
import { ReadingContext } from './reading-context.ts';

// What cargo sends before a crate is what is made of the crate.

const cargo = requires('cargo', 'it packages a crate and publishes it');
const context = new ReadingContext();

let server: Server;
let published: Buffer | undefined;
const index = () => `sparse+http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

beforeEach(async () => {
  published = undefined;
  server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A registry with every crate that is asked for, in one version; it takes what is published. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const address = `http://${request.headers.host}`;
  const name = request.url?.split('/').at(-1) ?? '';
  if (request.method === 'PUT') {
    published = await buffer(request);
    response.end('{}');
  } else if (name === 'config.json') {
    response.end(JSON.stringify({ dl: `${address}/dl`, api: address }));
  } else if (name === 'acme-shop' && published === undefined) {
    response.writeHead(404).end();
  } else {
    const vers = name === 'acme-shop' ? '1.2.0-rc.1' : '1.2.3';
    const entry = { name, vers, deps: [], cksum: '0'.repeat(64), features: { x: [] }, yanked: false };
    response.end(`${JSON.stringify(entry)}\n`);
  }
}

async function writeCrateSources(folder: string): Promise<void> {
  await mkdir(path.join(folder, 'src'), { recursive: true });
  await mkdir(path.join(folder, '.cargo'));
  await writeFile(path.join(folder, 'src', 'lib.rs'), '');
  await writeFile(path.join(folder, 'README.md'), '# Größe\n');
  await writeFile(
    path.join(folder, '.cargo', 'config.toml'),
    `[registries.team]
index = "${index()}"
[source.crates-io]
replace-with = "mirror"
[source.mirror]
registry = "${index()}"
`,
  );
  await writeFile(
    path.join(folder, 'Cargo.toml'),
    `[package]
name = "acme-shop"
version = "1.2.0-rc.1"
edition = "2021"
description = "A sample"
license = "MIT"
authors = ["Ada <ada@example.com>"]
keywords = ["one"]
categories = ["development-tools"]
homepage = "https://example.com"
documentation = "https://example.com/d"
repository = "https://example.com/r"
rust-version = "1.70"
[features]
default = ["fast"]
fast = ["dep:quick", "plain/x"]
[dependencies]
plain = "1.2"
quick = { version = ">= 1, <3", package = "real", optional = true, default-features = false, features = ["x"] }
own = { version = "1", registry = "team" }
[dev-dependencies]
tested = "1.*"
[build-dependencies]
built = "=1.2.3"
[target.'cfg(windows)'.dependencies]
win = "~1.2"
[badges]
maintenance = { status = "experimental" }
`,
  );
}

cargo.test(
  'a crate that cargo packaged has the description that cargo sends',
  async () => {
    const folder = context.at('shop');
    await writeCrateSources(folder);
    const clean = { HTTP_PROXY: '', HTTPS_PROXY: '', http_proxy: '', https_proxy: '', CARGO_HTTP_PROXY: '' };
    const own = { CARGO_HOME: context.at('home'), CARGO_NET_RETRY: '0', CARGO_REGISTRIES_TEAM_TOKEN: 'token' };
    const words = ['publish', '--registry', 'team', '--no-verify', '--allow-dirty'];
    await promisify(execFile)(cargo.path, words, { cwd: folder, env: { ...process.env, ...clean, ...own } });
    const [sent, crate] = parts(published);
    const file = context.at('acme-shop-1.2.0-rc.1.crate');
    await writeFile(file, crate ?? '');
    const [release] = await context.read({}, [file]);
    expect(release?.id).toEqual({ format: 'cargo', name: 'acme-shop', version: '1.2.0-rc.1' });
    const [asset] = release?.assets ?? [];
    expect(asset?.name).toBe('acme-shop-1.2.0-rc.1.crate');
    if (asset?.details.format !== 'cargo') throw new Error('no crate');
    const made = forRegistry(asset.details.description, (registry) => registry === index());
    expect(comparable(made)).toEqual(comparable(JSON.parse(sent?.toString('utf8') ?? '') as Record<string, Json>));
  },
  120_000,
);

/** Each with its length before it, 32 bits, little-endian. */
function parts(body: Buffer | undefined): Buffer[] {
  const found: Buffer[] = [];
  for (let rest = body ?? Buffer.alloc(0); rest.length > 0; ) {
    const end = 4 + rest.readUInt32LE();
    found.push(rest.subarray(4, end));
    rest = rest.subarray(end);
  }
  return found;
}

/** Missing members mean null (Cargo book, "Web API"), and the order of dependencies means nothing. */
function comparable(description: Readonly<Record<string, Json>>): unknown {
  const deps = (description.deps as Record<string, Json>[]).map(given);
  const order = ({ kind, name }: Record<string, Json>) => `${kind} ${name}`;
  return { ...given(description), deps: deps.sort((a, b) => (order(a) < order(b) ? -1 : 1)) };
}

function given(members: Readonly<Record<string, Json>>): Record<string, Json> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}
