// The proxies of `docs/proxies`, run with the examples. Only ports, hosts and paths are replaced.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, needed } from './portal.js';

const execute = promisify(execFile);

/** Every proxy that has an example, and Caddy in Debian's older version too. */
export const PROXIES = ['nginx', 'caddy 2.6', 'caddy', 'traefik', 'envoy'] as const;
export type ProxyName = (typeof PROXIES)[number];

/** The host of the portal in the examples. */
export const LOGIN = 'login.example.com';
/** The host of the application in the examples. */
const APP = 'app.example.com';

const READY_LIMIT_MS = 20_000;

/** What is behind a proxy. */
interface Behind {
  /** The application's address in the browser. With http, the example is used without TLS. */
  origin: URL;
  /** The ports of Postern's nodes. Only nginx is tested with more than one. */
  postern: number[];
  /** The application's port. */
  application: number;
}

/** A running proxy. */
export class ReverseProxy {
  private constructor(
    readonly port: number,
    private readonly dir: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(name: ProxyName, behind: Behind): Promise<ReverseProxy> {
    const dir = await mkdtemp(join(tmpdir(), 'postern-proxy-'));
    const port = await freePort();
    await makeCertificate(dir, behind.origin.hostname);
    const [program, ...args] = await prepared[name]({ ...behind, port, dir });
    const log = createWriteStream(join(dir, 'log'));
    // Caddy writes its files below HOME.
    const env = { PATH: `${process.env.PATH}:/usr/sbin`, HOME: dir };
    const child = spawn(program!, args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    process.once('exit', () => child.kill('SIGKILL'));
    const proxy = new ReverseProxy(port, dir, child);
    await proxy.ready(name);
    return proxy;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    if (this.child.exitCode === null && this.child.signalCode === null) await ended;
    await rm(this.dir, { recursive: true });
  }

  private async ready(name: ProxyName): Promise<void> {
    const deadline = Date.now() + READY_LIMIT_MS;
    while (!(await answers(this.port))) {
      const ended = this.child.exitCode !== null;
      if (ended || Date.now() > deadline) {
        throw new Error(`${name} ${ended ? 'ended at its start' : 'is not ready'}:\n${await readFile(join(this.dir, 'log'), 'utf8')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

interface Place extends Behind {
  port: number;
  dir: string;
}

/** Writes the configuration of each proxy. Returns the command line. */
const prepared: Record<ProxyName, (place: Place) => Promise<string[]>> = {
  nginx: async (place) => {
    const nodes = place.postern.map((port) => `server 127.0.0.1:${port};`).join(' ');
    const example = (await Example.read('nginx.conf', place))
      .replace('server 127.0.0.1:8080;', nodes)
      .replace('127.0.0.1:3000', `127.0.0.1:${place.application}`)
      .replace('listen 443 ssl', `listen 127.0.0.1:${place.port}${place.origin.protocol === 'https:' ? ' ssl' : ''}`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((part) => `${part}_temp_path ${place.dir}/${part};`);
    const main = `daemon off; master_process off; pid ${place.dir}/pid; error_log stderr; events {} http { access_log off; ${temporary.join(' ')}`;
    return ['nginx', '-e', 'stderr', '-c', await write(place, 'nginx.conf', `${main}\n${example.text}\n}`)];
  },

  'caddy 2.6': (place) => caddy(place, 'debian/usr/bin/caddy'),

  caddy: (place) => caddy(place, 'bin/caddy'),

  traefik: async (place) => {
    let hosts = (await Example.read('traefik-hosts.yml', place))
      .replace('127.0.0.1:8080', `127.0.0.1:${place.postern[0]}`)
      .replace('127.0.0.1:3000', `127.0.0.1:${place.application}`);
    if (place.origin.protocol === 'http:') hosts = hosts.replace(/^ +tls: {}\n/m, '');
    const main = (await Example.read('traefik.yml', place))
      .replace(':443', `127.0.0.1:${place.port}`)
      .replace('/etc/traefik/traefik-hosts.yml', await write(place, 'traefik-hosts.yml', hosts.text));
    const quiet = '\nglobal: {checkNewVersion: false, sendAnonymousUsage: false}\n';
    return [program('bin/traefik'), `--configFile=${await write(place, 'traefik.yml', main.text + quiet)}`];
  },

  envoy: async (place) => {
    let example = (await Example.read('envoy.yaml', place))
      .replace('port_value: 8080', `port_value: ${place.postern[0]}`)
      .replace('127.0.0.1:8080', `127.0.0.1:${place.postern[0]}`)
      .replace('port_value: 3000', `port_value: ${place.application}`)
      .replace('address: 0.0.0.0, port_value: 443', `address: 127.0.0.1, port_value: ${place.port}`);
    if (place.origin.protocol === 'http:') example = example.replace(/- transport_socket:[^]*?(?=filters:)/, '- ');
    const quiet = ['--log-level', 'warning', '--concurrency', '1', '--disable-hot-restart'];
    return [program('envoy/_bin/envoy'), ...quiet, '-c', await write(place, 'envoy.yaml', example.text)];
  },
};

async function caddy(place: Place, path: string): Promise<string[]> {
  const secure = place.origin.protocol === 'https:';
  let example = (await Example.read('Caddyfile', place))
    .replace('127.0.0.1:8080', `127.0.0.1:${place.postern[0]}`)
    .replace('127.0.0.1:3000', `127.0.0.1:${place.application}`);
  // In the example, Caddy obtains certificates itself, which needs the public internet.
  example = secure
    ? example.replace(/^https:\/\/.*\{$/m, `$&\n\tbind 127.0.0.1\n\ttls ${place.dir}/certificate.pem ${place.dir}/key.pem`)
    : example.replace('https://', 'http://').replace(/^http:\/\/.*\{$/m, '$&\n\tbind 127.0.0.1');
  const options = `{\n\tadmin off\n\tauto_https off\n\t${secure ? 'https' : 'http'}_port ${place.port}\n}\n`;
  return [program(path), 'run', '--adapter', 'caddyfile', '--config', await write(place, 'Caddyfile', options + example.text)];
}

/** The text of an example. A replacement must match at least once, and replaces every match. */
class Example {
  private constructor(readonly text: string) {}

  static async read(file: string, { dir, origin }: Place): Promise<Example> {
    const text = await readFile(new URL(`../docs/proxies/${file}`, import.meta.url), 'utf8');
    return new Example(
      text
        .replaceAll(/\/etc\/ssl\/[\w.]+\/fullchain\.pem/g, `${dir}/certificate.pem`)
        .replaceAll(/\/etc\/ssl\/[\w.]+\/privkey\.pem/g, `${dir}/key.pem`)
        .replaceAll(APP, origin.hostname),
    );
  }

  replace(old: string | RegExp, by: string): Example {
    const everywhere = typeof old === 'string' ? old : new RegExp(old, `${old.flags}g`);
    const text = this.text.replaceAll(everywhere, by);
    if (text === this.text) throw new Error(`the example does not have ${old}`);
    return new Example(text);
  }
}

async function write({ dir }: Place, file: string, text: string): Promise<string> {
  const path = join(dir, file);
  await writeFile(path, text);
  return path;
}

function program(path: string): string {
  return join(needed('POSTERN_TEST_PROXIES'), path);
}

async function makeCertificate(dir: string, host: string): Promise<void> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', join(dir, 'key.pem')];
  const names = ['-subj', `/CN=${LOGIN}`, '-addext', `subjectAltName=DNS:${LOGIN},DNS:${host}`, '-days', '2'];
  await execute('openssl', ['req', '-x509', ...key, ...names, '-out', join(dir, 'certificate.pem')]);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
