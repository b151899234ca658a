// Clients of OpenID Connect, each a small web application around a library that nobody here wrote.
// The pages are the same for all: `/` shows what the client knows of its user, `/log-in` sends the browser to the portal,
// `/refresh` gets new tokens, `/log-out` ends the session here and at the portal.

import type { Page } from '@playwright/test';
import express, { type ErrorRequestHandler, type Express, type Response } from 'express';
import session from 'express-session';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { logIn } from './behind-proxies.js';
import { expect, Portal, test as base, type User } from './fixtures.js';
import { setUp } from './office.js';

/** What every client asks for. */
export const SCOPE = 'openid profile email groups';

const READY_LIMIT_MS = 30_000;

/** The application to which the clients belong. The accounts "Demo", which requires 2FA, and "Acme" have it. */
const APPLICATION = 'Wiki';

/** The portal of the stories. */
export const test = base.extend<object, { portal: Portal }>({
  portal: [
    async ({ database }, use) => {
      const portal = await Portal.start(database);
      await portal.addAccount('Demo');
      await portal.addAccount('Acme', { require2fa: false });
      await portal.addAccount('Strangers', { require2fa: false });
      await portal.cli('app', 'add', APPLICATION, '--url', 'https://wiki.example.com', '--account', 'Demo', '--account', 'Acme');
      await use(portal);
      await portal.stop();
    },
    { scope: 'worker' },
  ],
});

/** What the portal says when a client is added. */
export interface Registered {
  issuer: string;
  id: string;
  /** Empty for a public client. */
  secret: string;
}

/** Adds a client whose users come back to `/callback` and, after a log-out, to `/`. */
export async function register(portal: Portal, url: string, ...options: string[]): Promise<Registered> {
  const uris = ['--redirect-uri', `${url}/callback`, '--sign-out-uri', `${url}/`];
  const added = await portal.cli('client', 'add', `Client ${randomUUID()}`, '--app', APPLICATION, ...uris, ...options);
  const { client_id: id, client_secret: secret } = added as { client_id: string; client_secret: string | null };
  return { issuer: portal.url, id, secret: secret ?? '' };
}

/** A client's web application, in this process. It is on another site than the portal: `127.0.0.1`, not `localhost`. */
export class ClientSite {
  /** Its address, without a slash at the end. */
  readonly url: string;
  readonly app: Express = express();

  private constructor(private readonly server: Server) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.app.disable('x-powered-by');
    this.app.use(express.urlencoded({ extended: false }));
    // A browser brings this cookie back from the portal by a link, not with a form: `/callback` may have none.
    this.app.use(session({ secret: randomUUID(), resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }));
    server.on('request', this.app);
  }

  static async start(): Promise<ClientSite> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ClientSite(server);
  }

  /** Shows what goes wrong from here on. Comes after all routes. */
  showFailures(): void {
    const failed: ErrorRequestHandler = (error, _request, response, _next) => {
      show(response.status(500), { failed: { ...error, message: String(error.message), cause: String(error.cause) } });
    };
    this.app.use(failed);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Waits until a client in another process answers. */
export async function answers(url: string, child: ChildProcess, log: () => Promise<string>): Promise<void> {
  const deadline = Date.now() + READY_LIMIT_MS;
  while (!(await fetch(url, { redirect: 'manual' }).catch(() => undefined))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill();
      throw new Error(`the client at ${url} is not ready:\n${await log()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Answers with a page that shows a value. */
export function show(response: Response, value: unknown): void {
  const text = JSON.stringify(value, null, 1).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  response.send(`<!doctype html><html lang="en"><title>Client</title><link rel="icon" href="data:,"><h1>Client</h1><pre>${text}</pre>`);
}

/** What the page of a client shows. */
export async function shown(page: Page): Promise<any> {
  await expect(page.locator('pre')).not.toBeEmpty();
  return JSON.parse(await page.locator('pre').innerText());
}

/** Logs in at the portal, where the client has sent the browser, and sets up a second factor there; back at the client. */
export async function logInWith2fa(page: Page, site: { url: string }, user: User): Promise<void> {
  await page.goto(`${site.url}/log-in`);
  await logIn(page, user);
  await setUp(page);
  await expect(page).toHaveURL(`${site.url}/`);
}

/** The same for a user who has no second factor. */
export async function logInWithPassword(page: Page, site: { url: string }, user: User): Promise<void> {
  await page.goto(`${site.url}/log-in`);
  await logIn(page, user);
  await expect(page).toHaveURL(`${site.url}/`);
}

/** Waits until the client, asked again and again, knows of nobody. */
export async function becomesLoggedOut(page: Page, site: { url: string }): Promise<void> {
  const user = async () => {
    await page.goto(`${site.url}/`);
    return (await shown(page)).user;
  };
  await expect.poll(user, { timeout: 10_000, intervals: [200] }).toBeNull();
}

/** Whether the portal asks this browser to log in. */
export async function isLoggedOutOf(portal: Portal, page: Page): Promise<void> {
  await page.goto(portal.url);
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
}
