// Apache with `mod_auth_openidc`, and an application behind it.

import type { Page } from '@playwright/test';
import { logIn, newUser } from './behind-proxies.js';
import { startApache, type ApacheSite } from './clients/apache.js';
import { expect } from './fixtures.js';
import { setUp } from './office.js';
import { isLoggedOutOf, shown, test as base } from './relying-parties.js';

const test = base.extend<{ apache: ApacheSite }>({
  apache: async ({ portal }, use) => {
    const apache = await startApache(portal);
    await use(apache);
    await apache.stop();
  },
});

/** The headers of the request for this page, as the application received them. */
async function headers(page: Page): Promise<Record<string, string>> {
  return Object.fromEntries((await shown(page)).headers);
}

test('mod_auth_openidc: a log-in with 2FA leads to the page that was asked for, and the application knows who it is', async ({ page, user, apache }) => {
  await page.goto(`${apache.url}/a/page?q=1`);
  await logIn(page, user);
  await setUp(page);
  await expect(page).toHaveURL(`${apache.url}/a/page?q=1`);
  expect(await headers(page)).toMatchObject({
    'Remote-User': user.email,
    OIDC_CLAIM_email: user.email,
    OIDC_CLAIM_name: 'Ada L.',
    OIDC_CLAIM_groups: 'Demo',
    OIDC_CLAIM_acr: 'urn:postern:2fa',
  });
});

test('mod_auth_openidc: the access token is refreshed', async ({ page, portal, apache }) => {
  await page.goto(apache.url);
  await logIn(page, await newUser(portal));
  await expect(page).toHaveURL(`${apache.url}/`);
  const { OIDC_access_token: before } = await headers(page);
  const parameters = new URLSearchParams({ refresh: `${apache.url}/`, access_token: before! });
  await page.goto(`${apache.url}/oidc/callback?${parameters}`);
  await expect(page).toHaveURL(`${apache.url}/`);
  const { OIDC_access_token: after, OIDC_CLAIM_email } = await headers(page);
  expect(OIDC_CLAIM_email).toContain('@example.com');
  expect(after).not.toBe(before);
});

test('mod_auth_openidc: a log-out ends the session at the portal', async ({ page, portal, apache }) => {
  await page.goto(apache.url);
  await logIn(page, await newUser(portal));
  await expect(page).toHaveURL(`${apache.url}/`);
  await page.goto(`${apache.url}/oidc/callback?logout=${encodeURIComponent(`${apache.url}/`)}`);
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await isLoggedOutOf(portal, page);
});

test('mod_auth_openidc: a locked user is logged out by the back channel', async ({ page, portal, apache }) => {
  const user = await newUser(portal);
  await page.goto(apache.url);
  await logIn(page, user);
  await expect(page).toHaveURL(`${apache.url}/`);
  const status = () => page.evaluate(async () => (await fetch('/')).status);
  expect(await status()).toBe(200);
  await portal.cli('user', 'lock', user.email);
  await expect.poll(status, { timeout: 10_000, intervals: [200] }).toBe(401);
});
