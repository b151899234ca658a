// OpenID Connect in the console: what to enter in an application, and the permissions that users have given to applications.

import type { Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { Application } from './application.js';
import { expect, expectAccessible } from './fixtures.js';
import { administrator, logIn, test as base, type Office } from './office.js';

/** Where a client is, and how the portal knows it. */
interface Client {
  /** The name of its application. */
  application: string;
  name: string;
  id: string;
  redirectUri: string;
}

const test = base.extend<{ site: Application }>({
  // eslint-disable-next-line no-empty-pattern
  site: async ({}, use) => {
    const site = await Application.start();
    await use(site);
    await site.stop();
  },
});

const sizes = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };
const LONG = 'Departmental dashboards and Donaudampfschifffahrtsgesellschaftsverwaltungsübersicht';

/** Adds an application with a client to the account, as the operator. */
async function register(office: Office, site: Application, name: string, ...options: string[]): Promise<Client> {
  const unique = randomUUID().slice(0, 8);
  const application = `${name} ${unique}`;
  await office.portal.cli('app', 'add', application, '--url', `http://a-${unique}.localhost/`, '--account', office.account);
  return addClient(office, application, `http://127.0.0.1:${site.port}/callback`, ...options);
}

/** Adds a client to an application. */
async function addClient(office: Office, application: string, redirectUri: string, ...options: string[]): Promise<Client> {
  const name = `Client ${randomUUID().slice(0, 8)}`;
  const added = await office.portal.cli('client', 'add', name, '--app', application, '--redirect-uri', redirectUri, ...options);
  return { application, name, id: (added as { client_id: string }).client_id, redirectUri };
}

/** Goes to a client by the portal, as its log-in button does. */
async function goTo(page: Page, office: Office, client: Client, scope = 'openid profile email groups'): Promise<void> {
  const wanted = { response_type: 'code', client_id: client.id, redirect_uri: client.redirectUri, scope, state: 'x' };
  await page.goto(`${office.portal.url}/oidc/authorize?${new URLSearchParams(wanted)}`);
}

/** Gives the permission that the client asks for. */
async function allow(page: Page, office: Office, client: Client, scope?: string): Promise<void> {
  await goTo(page, office, client, scope);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(/\/callback\?code=/);
}

/** Opens what an application needs. */
async function open(page: Page, client: Client) {
  const part = page.getByRole('group').filter({ hasText: `OpenID Connect: ${client.application}` });
  await part.getByText('OpenID Connect').click();
  return part;
}

/** The part of *My security*. */
const permissions = (page: Page) => page.locator('section').filter({ has: page.getByRole('heading', { name: 'Applications with your permission' }) });

/** Checks a screen, and keeps a picture of it. */
type Look = (name: string) => Promise<void>;

for (const [size, viewport] of Object.entries(sizes)) {
  for (const colours of ['light', 'dark', 'forced'] as const) {
    test.describe(`${size}, ${colours}`, () => {
      test.use({
        viewport,
        colorScheme: colours === 'light' ? 'light' : 'dark',
        contextOptions: { forcedColors: colours === 'forced' ? 'active' : 'none' },
      });

      test('every state of clients and permissions is accessible and fits', async ({ page, office, site, picture }) => {
        test.setTimeout(180_000);
        const look: Look = async (name) => {
          // axe reads the stylesheet's colours, which forced colours replace.
          if (colours !== 'forced') await expectAccessible(page);
          expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name).toBe(true);
          await picture(`console-oidc-${name}-${size}-${colours}`);
        };
        const one = await register(office, site, 'Grafana', '--consent');
        const two = await register(office, site, LONG, '--consent', '--redirect-uri', `https://${'dashboards-'.repeat(5)}1.example.com/${'path/'.repeat(20)}`);
        const three = await addClient(office, two.application, 'com.example.app:/callback', '--public');
        await administrator(page, await office.add('Ada L.', { admin: true }));
        await page.getByRole('link', { name: 'Applications' }).click();
        await expect(page.getByText('OpenID Connect', { exact: false }).first()).toBeVisible();
        await look('folded');
        await expect((await open(page, one)).getByText(one.id)).toBeVisible();
        await look('one');
        await expect((await open(page, two)).getByText(three.id)).toBeVisible();
        await look('two');
        await allow(page, office, one, 'openid');
        await allow(page, office, two, 'openid profile email groups offline_access');
        await page.goto(`${office.portal.url}/console/security`);
        await expect(permissions(page).getByRole('button')).toHaveCount(2);
        await look('permissions');
        await page.getByRole('button', { name: `Take back: ${two.application}` }).click();
        await expect(page.getByRole('dialog')).toBeVisible();
        await look('take-back');
        await page.getByRole('button', { name: 'Yes' }).click();
        await expect(permissions(page).getByRole('button')).toHaveCount(1);
        await look('taken-back');
        await page.route('**/api/me/consents', (route) => route.abort());
        await page.reload();
        await expect(permissions(page).getByRole('button', { name: 'Try again' })).toBeVisible();
        await look('permissions-failing');
      });
    });
  }
}

test('an administrator sees and copies what an application needs, with the keyboard', async ({ page, context, office, site }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const client = await register(office, site, 'Grafana');
  await administrator(page, await office.add('Ada', { admin: true }));
  await page.getByRole('link', { name: 'Applications' }).click();
  await page.getByRole('button', { name: `Choose users: ${client.application}` }).focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const { url } = office.portal;
  const values: [what: string, value: string][] = [
    ['Issuer', url],
    ['Client ID', client.id],
    ['Command', `postern client secret '${client.name}'`],
    ['Redirect URI', client.redirectUri],
    ['Discovery', `${url}/.well-known/openid-configuration`],
    ['Authorization', `${url}/oidc/authorize`],
    ['Token', `${url}/oidc/token`],
    ['User info', `${url}/oidc/userinfo`],
    ['Keys (JWKS)', `${url}/oidc/keys`],
    ['Log-out (end session)', `${url}/oidc/sign-out`],
  ];
  for (const [what, value] of values) {
    await page.keyboard.press('Tab');
    await expect(page.getByRole('button', { name: `Copy: ${what}` })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('status').filter({ hasText: `Copied: ${what}` })).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(value);
  }
});

test('what the console shows is what the portal says to clients', async ({ page, office, site }) => {
  const client = await register(office, site, 'Grafana');
  await administrator(page, await office.add('Ada', { admin: true }));
  await page.getByRole('link', { name: 'Applications' }).click();
  const shown = await (await open(page, client)).locator('code').allInnerTexts();
  const metadata = await (await fetch(shown.find((value) => value.includes('well-known'))!)).json();
  for (const name of ['issuer', 'authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri', 'end_session_endpoint']) {
    expect(shown, name).toContain(metadata[name]);
  }
});

test('the command that the console shows makes a secret', async ({ page, office, site }) => {
  const client = await register(office, site, 'Grafana');
  await administrator(page, await office.add('Ada', { admin: true }));
  await page.getByRole('link', { name: 'Applications' }).click();
  const shown = await (await open(page, client)).locator('code').allInnerTexts();
  const [, ...words] = shown.find((value) => value.startsWith('postern '))!.split(/ (?=[^']*(?:'[^']*'[^']*)*$)/);
  const made = await office.portal.cli(...words.map((word) => word.replaceAll("'", '')));
  expect(made).toMatchObject({ client_id: client.id, client_secret: expect.stringMatching(/^[\w-]+$/) });
});

test('a public client has no secret, and an application without clients no part about OpenID Connect', async ({ page, office, site }) => {
  const client = await register(office, site, 'Grafana', '--public');
  await office.portal.cli('app', 'add', `Wiki ${client.application}`, '--url', `http://wiki-${randomUUID().slice(0, 8)}.localhost/`, '--account', office.account);
  await administrator(page, await office.add('Ada', { admin: true }));
  await page.getByRole('link', { name: 'Applications' }).click();
  const part = await open(page, client);
  await expect(part.getByText('None: the client is public, and uses PKCE (S256).')).toBeVisible();
  await expect(part.getByText('postern client secret')).toHaveCount(0);
  const wiki = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: `Wiki ${client.application}` }) });
  await expect(wiki).toBeVisible();
  await expect(wiki.getByText('OpenID Connect')).toHaveCount(0);
});

test('where the clipboard is refused the value is selected, and the page says what to do', async ({ page, office, site }) => {
  await page.addInitScript(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('refused', 'NotAllowedError'));
  });
  const client = await register(office, site, 'Grafana');
  await administrator(page, await office.add('Ada', { admin: true }));
  await page.getByRole('link', { name: 'Applications' }).click();
  await (await open(page, client)).getByRole('button', { name: 'Copy: Client ID' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'The value is selected' })).toBeVisible();
  expect(await page.evaluate(() => getSelection()?.toString())).toBe(client.id);
});

test('a permission is seen, and taken back: the application then asks again', async ({ page, office, site }) => {
  const client = await register(office, site, 'Grafana', '--consent');
  await logIn(page, await office.add('Bo'));
  await expect(page.getByRole('link', { name: 'My security' })).toBeVisible();
  await allow(page, office, client);
  await goTo(page, office, client);
  await expect(page, 'the second time, nothing is asked').toHaveURL(/\/callback\?code=/);
  await page.goto(`${office.portal.url}/console/security`);
  await expect(permissions(page)).toContainText(client.application);
  await expect(permissions(page)).toContainText('Learns: name, e-mail address, accounts and roles.');
  await page.getByRole('button', { name: `Take back: ${client.application}` }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirm' });
  await expect(dialog).toContainText(`Take back your permission for ${client.application}?`);
  await dialog.getByRole('button', { name: 'No' }).click();
  await expect(permissions(page), 'No changes nothing').toContainText(client.application);
  await page.getByRole('button', { name: `Take back: ${client.application}` }).click();
  await dialog.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByRole('status').filter({ hasText: `${client.application} no longer has your permission.` })).toBeVisible();
  await expect(permissions(page)).toContainText('No application has your permission now.');
  await goTo(page, office, client);
  await expect(page.getByRole('heading', { name: `Log in to ${client.name}?` })).toBeVisible();
});

test('with the keyboard, the focus stays with the permissions when one is taken back', async ({ page, office, site }) => {
  const [one, two] = [await register(office, site, 'Grafana', '--consent'), await register(office, site, 'GitLab', '--consent')];
  await logIn(page, await office.add('Bo'));
  await expect(page.getByRole('link', { name: 'My security' })).toBeVisible();
  for (const client of [one, two]) await allow(page, office, client);
  await page.goto(`${office.portal.url}/console/security`);
  for (const client of [one, two]) {
    await page.getByRole('button', { name: `Take back: ${client.application}` }).press('Enter');
    await expect(page.getByRole('button', { name: 'No' })).toBeFocused();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect(permissions(page).getByText(client.application)).toHaveCount(0);
    await expect(permissions(page).getByRole('heading')).toBeFocused();
  }
});

test('whoever has given no permission sees nothing of it, and a failure is not taken for that', async ({ page, office }) => {
  await logIn(page, await office.add('Bo'));
  await page.getByRole('link', { name: 'My security' }).click();
  await expect(page.getByText('This session')).toBeVisible();
  await expect(permissions(page)).toHaveCount(0);
  await page.route('**/api/me/consents', (route) => route.abort());
  await page.reload();
  await permissions(page).getByRole('button', { name: 'Try again' }).click();
  await expect(permissions(page).getByRole('alert')).toBeVisible();
  await page.unroute('**/api/me/consents');
  await permissions(page).getByRole('button', { name: 'Try again' }).click();
  await expect(permissions(page)).toContainText('No application has your permission now.');
});

test('a permission that was taken back in another tab is said to be gone', async ({ page, office, site }) => {
  const client = await register(office, site, 'Grafana', '--consent');
  await logIn(page, await office.add('Bo'));
  await expect(page.getByRole('link', { name: 'My security' })).toBeVisible();
  await allow(page, office, client);
  await page.goto(`${office.portal.url}/console/security`);
  await page.getByRole('button', { name: /^Take back/ }).click();
  await office.portal.sql(`delete from oidc_consents where client_id = '${client.id}'`);
  await page.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('This no longer exists.');
});
