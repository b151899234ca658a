// A portal of a test's own: the built binary, a data directory and, on PostgreSQL, a database, all gone afterwards.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Where a portal keeps its users. */
export type Database = 'sqlite' | 'postgres';

/** Somebody who can log in. */
export interface User {
  email: string;
  password: string;
}

/** What is known when a user is created. */
export interface NewUser {
  email: string;
  account: string;
  name?: string;
  admin?: boolean;
}

/** How a portal may differ from the default. */
export interface Settings {
  /** Environment variables of the server and of its command line: `POSTERN_…`. */
  env?: Record<string, string>;
  /** Its address in the browser where a proxy stands before it. */
  publicUrl?: string;
  /** Its host in the browser, if it is not `localhost`. */
  host?: string;
}

const READY_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;

/** A running portal. */
export class Portal {
  private process: ChildProcess | undefined;

  private constructor(
    /** Its address in the browser. */
    readonly url: string,
    /** The port that it listens on. */
    readonly port: number,
    private readonly dir: string,
    private readonly databaseUrl: string | undefined,
    private readonly settings: Settings,
  ) {}

  /** Starts a portal with an empty database. */
  static async start(database: Database, settings: Settings = {}): Promise<Portal> {
    const port = await freePort();
    const dir = await mkdtemp(join(tmpdir(), 'postern-e2e-'));
    const databaseUrl = database === 'postgres' ? await createDatabase() : undefined;
    const portal = new Portal(`http://${settings.host ?? 'localhost'}:${port}`, port, dir, databaseUrl, settings);
    await portal.resume();
    return portal;
  }

  /** Starts another node on this portal's PostgreSQL database. It must `leave` before the first one stops. */
  async join(): Promise<Portal> {
    const port = await freePort();
    const dir = await mkdtemp(join(tmpdir(), 'postern-e2e-'));
    await mkdir(join(dir, 'data'), { mode: 0o700 });
    await copyFile(join(this.dir, 'data', 'postern.key'), join(dir, 'data', 'postern.key'));
    const node = new Portal(`http://localhost:${port}`, port, dir, this.databaseUrl, this.settings);
    await node.resume();
    return node;
  }

  /** Starts the server again, on the same port and data, after `halt`. */
  async resume(): Promise<void> {
    const log = createWriteStream(this.logFile, { flags: 'a' });
    const child = spawn(
      binary(),
      ['serve', '--listen', `127.0.0.1:${this.port}`, '--public-url', this.settings.publicUrl ?? this.url, ...this.place()],
      { env: this.env(), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    process.once('exit', () => child.kill('SIGKILL'));
    this.process = child;
    await this.ready(child);
  }

  /** Ends the server; the data stay. SIGKILL is a power cut, SIGTERM an orderly stop. */
  async halt(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    const impatient = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(impatient);
  }

  /** Ends the server and removes what it kept. */
  async stop(): Promise<void> {
    await this.leave();
    if (this.databaseUrl !== undefined) await dropDatabase(this.databaseUrl);
  }

  /** Stops a node and keeps the database. */
  async leave(): Promise<void> {
    await this.halt();
    await rm(this.dir, { recursive: true });
  }

  /** Everything that the server has written to its log so far. */
  async log(): Promise<string> {
    return readFile(this.logFile, 'utf8');
  }

  /** Runs a command of the portal's command line beside the running server; gives its JSON answer. */
  async cli(...args: string[]): Promise<unknown> {
    const { stdout } = await execute(binary(), [...args, '--json', ...this.place()], { env: this.env(), maxBuffer: 64 << 20 });
    return JSON.parse(stdout);
  }

  /** Creates an account; 2FA is required unless said otherwise. */
  async addAccount(name: string, { require2fa = true } = {}): Promise<void> {
    await this.cli('account', 'add', name);
    await this.cli('account', 'require-2fa', name, require2fa ? 'on' : 'off');
  }

  /** Creates an active user with a password of their own. */
  async addUser({ email, account, name, admin }: NewUser): Promise<User> {
    const password = randomUUID();
    const options = [...(name === undefined ? [] : ['--name', name]), ...(admin ? ['--admin'] : [])];
    const running = execute(
      binary(),
      ['user', 'add', email, '--account', account, '--active', '--password-stdin', ...options, ...this.place()],
      { env: this.env() },
    );
    running.child.stdin?.end(password);
    await running;
    return { email, password };
  }

  /** Changes the database by hand, beside the running server. */
  async sql(statement: string): Promise<void> {
    if (this.databaseUrl !== undefined) {
      await execute('psql', ['--no-psqlrc', '--quiet', '--command', statement, this.databaseUrl]);
    } else {
      await execute('sqlite3', ['-cmd', '.timeout 5000', join(this.dir, 'data', 'postern.sqlite'), statement]);
    }
  }

  private get logFile(): string {
    return join(this.dir, 'server.log');
  }

  /** The arguments that say where the data are. */
  private place(): string[] {
    const database = this.databaseUrl === undefined ? [] : ['--database', this.databaseUrl];
    return ['--data-dir', join(this.dir, 'data'), ...database];
  }

  private env(): NodeJS.ProcessEnv {
    return { ...process.env, ...this.settings.env };
  }

  private async ready(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + READY_LIMIT_MS;
    for (;;) {
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (answer?.ok) return;
      if (child.exitCode !== null) throw new Error(`the portal ended while it was starting:\n${await this.log()}`);
      if (Date.now() > deadline) throw new Error(`the portal is not ready:\n${await this.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

export function needed(variable: string): string {
  const value = process.env[variable];
  if (value === undefined) throw new Error(`${variable} is not set: start these tests with \`cargo xtask e2e\``);
  return value;
}

function binary(): string {
  return needed('POSTERN_BINARY');
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

async function createDatabase(): Promise<string> {
  const url = new URL(needed('POSTERN_TEST_POSTGRES_URL'));
  const name = `e2e_${randomUUID().replaceAll('-', '')}`;
  await sql(`create database ${name}`);
  url.pathname = `/${name}`;
  return url.href;
}

async function dropDatabase(url: string): Promise<void> {
  await sql(`drop database ${new URL(url).pathname.slice(1)} with (force)`);
}

async function sql(statement: string): Promise<void> {
  await execute('psql', ['--no-psqlrc', '--quiet', '--command', statement, needed('POSTERN_TEST_POSTGRES_URL')]);
}
