// Apache with `mod_auth_openidc`, as `docs/clients/mod_auth_openidc.md` says. Only addresses, id and secret are replaced.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application } from '../application.js';
import { freePort, type Portal } from '../portal.js';
import { answers, register } from '../relying-parties.js';

const MODULES = '/usr/lib/apache2/modules';
const NEEDED = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'proxy', 'proxy_http', 'auth_openidc'];

/** A running Apache with an application behind it. */
export interface ApacheSite {
  url: string;
  /** The application, which shows what it received. */
  application: Application;
  stop: () => Promise<void>;
}

/** Starts Apache as a client of the portal. */
export async function startApache(portal: Portal): Promise<ApacheSite> {
  const application = await Application.start();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { issuer, id, secret } = await register(portal, url, ...uris(url));
  const example = await readExample({
    'https://auth.example.com': issuer,
    'https://app.example.com': url,
    CLIENT_ID: id,
    CLIENT_SECRET: secret,
    '127.0.0.1:3000': `127.0.0.1:${application.port}`,
  });
  const dir = await mkdtemp(join(tmpdir(), 'postern-apache-'));
  await writeFile(join(dir, 'apache.conf'), `${main(dir, port)}\n${example}\n`);
  const child = spawn('/usr/sbin/apache2', ['-f', join(dir, 'apache.conf'), '-E', join(dir, 'log'), '-DFOREGROUND'], { stdio: 'ignore' });
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    // Its children end with it only if it is asked to end.
    if (child.exitCode === null && child.kill('SIGTERM')) await ended;
    await application.stop();
    await rm(dir, { recursive: true });
  };
  process.once('exit', () => child.kill('SIGTERM'));
  await answers(url, child, () => readFile(join(dir, 'log'), 'utf8'));
  return { url, application, stop };
}

/** What `postern client add` of the example says. */
function uris(url: string): string[] {
  const callback = `${url}/oidc/callback`;
  return ['--redirect-uri', callback, '--back-channel-uri', `${callback}?logout=backchannel`];
}

/** The configuration in the page, with other values. Each value must occur in it. */
async function readExample(values: Record<string, string>): Promise<string> {
  const page = await readFile(new URL('../../docs/clients/mod_auth_openidc.md', import.meta.url), 'utf8');
  let example = /```apache\n([^]*?)```/.exec(page)![1]!;
  for (const [old, by] of Object.entries(values)) {
    if (!example.includes(old)) throw new Error(`the example does not have ${old}`);
    example = example.replaceAll(old, by);
  }
  return example;
}

/** What Debian's files around the example say. */
function main(dir: string, port: number): string {
  const modules = NEEDED.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`);
  const user = process.getuid?.() === 0 ? ['User nobody', 'Group nogroup'] : [];
  const place = [`ServerName 127.0.0.1:${port}`, `Listen 127.0.0.1:${port}`, `PidFile ${dir}/pid`, `DefaultRuntimeDir ${dir}`];
  return [...place, `ErrorLog ${dir}/log`, ...modules, ...user].join('\n');
}
