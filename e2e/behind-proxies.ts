// Two applications behind a real proxy: one with https on a domain of its own, one with http on localhost.

import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { Application, type Received } from './application.js';
import { expect, Portal, test as base, type User } from './fixtures.js';
import { LOGIN, ReverseProxy, type ProxyName } from './reverse-proxy.js';

/** An application and its proxy. */
export interface Site {
  /** Its address in the browser. */
  url: URL;
  application: Application;
  proxy: ReverseProxy;
}

interface Workers {
  /** Set by the project. */
  proxyName: ProxyName;
  /** The nodes behind the proxy. */
  nodes: Portal[];
  /** For the accounts "Demo", which requires 2FA, and "Acme". `/healthz` is open to everyone, `/forbidden` to nobody. */
  wiki: Site;
  /** For the same accounts, on another domain, without TLS. */
  shop: Site;
}

export const test = base.extend<object, Workers>({
  proxyName: ['nginx', { option: true, scope: 'worker' }],

  portal: [
    async ({ database }, use) => {
      const env = { POSTERN_TRUSTED_PROXIES: '127.0.0.1' };
      const portal = await Portal.start(database, { publicUrl: `https://${LOGIN}`, env });
      await portal.addAccount('Demo');
      await portal.addAccount('Acme', { require2fa: false });
      await portal.addAccount('Strangers', { require2fa: false });
      await use(portal);
      await portal.stop();
    },
    { scope: 'worker' },
  ],

  nodes: [async ({ portal }, use) => use([portal]), { scope: 'worker' }],

  wiki: [
    async ({ nodes, proxyName }, use) => {
      const site = await startSite('Wiki', new URL('https://app.example.com'), nodes, proxyName);
      await use(site);
      await stopSite(site);
    },
    { scope: 'worker' },
  ],

  shop: [
    async ({ nodes, proxyName }, use) => {
      const site = await startSite('Shop', new URL('http://app.localhost'), nodes, proxyName);
      await use(site);
      await stopSite(site);
    },
    { scope: 'worker' },
  ],

  // The browser uses the addresses of the examples, without their ports.
  launchOptions: [
    async ({ launchOptions, wiki, shop }, use) => {
      const hosts = [LOGIN, wiki.url.hostname].map((host) => `MAP ${host} 127.0.0.1:${wiki.proxy.port}`);
      const rules = [...hosts, `MAP ${shop.url.hostname} 127.0.0.1:${shop.proxy.port}`];
      await use({ ...launchOptions, args: [...(launchOptions.args ?? []), `--host-resolver-rules=${rules.join(', ')}`] });
    },
    { scope: 'worker' },
  ],

  baseURL: async ({}, use) => use(`https://${LOGIN}`),

  ignoreHTTPSErrors: true,
});

async function startSite(name: string, url: URL, nodes: Portal[], proxyName: ProxyName): Promise<Site> {
  const application = await Application.start();
  const rules = ['health: open /healthz', 'forbidden: refused /forbidden/*', 'rest: members /*'].flatMap((rule) => ['--rule', rule]);
  await nodes[0]!.cli('app', 'add', name, '--url', url.origin, '--account', 'Demo', '--account', 'Acme', ...rules);
  const postern = nodes.map((node) => node.port);
  const proxy = await ReverseProxy.start(proxyName, { origin: url, postern, application: application.port });
  return { url, application, proxy };
}

async function stopSite({ application, proxy }: Site): Promise<void> {
  await proxy.stop();
  await application.stop();
}

/** Fills the log-in form of the page. */
export async function logIn(page: Page, { email, password }: User): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

/** Opens an application without a session, and logs in on the way. */
export async function open(page: Page, url: URL | string, user: User): Promise<void> {
  await page.goto(String(url));
  await logIn(page, user);
  await arrives(page, url);
}

/** Waits for the end of a log-in, with a password hash and four redirects. */
export async function arrives(page: Page, url: URL | string): Promise<void> {
  await expect(page).toHaveURL(String(url), { timeout: 15_000 });
}

/** A new user, who logs in with a password alone. */
export async function newUser(portal: Portal, account = 'Acme'): Promise<User> {
  return portal.addUser({ email: `bo-${randomUUID()}@example.com`, account, name: 'Bo' });
}

/** The session cookie of an application's host. */
export async function sessionOf(page: Page, url: URL): Promise<string> {
  const cookies = await page.context().cookies(url.href);
  return cookies.find(({ name }) => name === '__Host-postern-app')!.value;
}

/** The status that a script of the page gets. */
export function statusOf(page: Page, path: string): Promise<number> {
  return page.evaluate(async (path) => (await fetch(path, { headers: { 'X-Requested-With': 'XMLHttpRequest' } })).status, path);
}

/** The request for this page, as the application shows it. */
export async function received(page: Page): Promise<Received> {
  await expect(page.getByRole('heading', { name: 'Wiki' })).toBeVisible();
  return JSON.parse(await page.locator('pre').innerText());
}
