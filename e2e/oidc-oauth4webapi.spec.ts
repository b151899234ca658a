// A strict client around the npm package `oauth4webapi`: answers by form, ES256, access tokens that others can check.

import type { Page } from '@playwright/test';
import { logIn, newUser } from './behind-proxies.js';
import { startOAuth4WebApi, type OAuth4WebApi } from './clients/oauth4webapi.js';
import { expect, expectAccessible, type Portal } from './fixtures.js';
import { setUp } from './office.js';
import { shown, test as base } from './relying-parties.js';

const test = base.extend<{ site: OAuth4WebApi }>({
  site: async ({ portal }, use) => {
    const site = await startOAuth4WebApi(portal);
    await use(site);
    await site.stop();
  },
});

async function arrives(page: Page, site: OAuth4WebApi): Promise<any> {
  await expect(page).toHaveURL(`${site.url}/callback`);
  return shown(page);
}

/** Logs in on the way to the client. */
async function open(page: Page, site: OAuth4WebApi, portal: Portal): Promise<any> {
  await page.goto(`${site.url}/log-in`);
  await logIn(page, await newUser(portal));
  return arrives(page, site);
}

test('oauth4webapi: a log-in with 2FA comes back by a form, signed with ES256', async ({ page, user, site }) => {
  await page.goto(`${site.url}/log-in`);
  await logIn(page, user);
  await setUp(page);
  const known = await arrives(page, site);
  expect(known.user).toMatchObject({ email: user.email, groups: ['Demo'] });
  expect(known.claims.acr).toBe('urn:postern:2fa');
});

test('oauth4webapi: an API checks the access token by itself', async ({ page, portal, site }) => {
  const { access, claims } = await open(page, site, portal);
  const answer = await fetch(`${site.url}/api`, { headers: { authorization: `Bearer ${access}` } });
  expect(await answer.json()).toMatchObject({ iss: portal.url, sub: claims.sub, client_id: claims.aud, scope: 'openid profile email groups' });
});

test('oauth4webapi: without a page, only a browser that is logged in gets a code', async ({ page, portal, site }) => {
  await page.goto(`${site.url}/log-in?prompt=none`);
  expect((await arrives(page, site)).failed).toMatchObject({ error: 'login_required' });
  const { claims } = await open(page, site, portal);
  await page.goto(`${site.url}/log-in?prompt=none`);
  expect((await arrives(page, site)).claims).toMatchObject({ sub: claims.sub, sid: claims.sid });
});

test('oauth4webapi: prompt=login asks for the password again', async ({ page, portal, site }) => {
  const user = await newUser(portal);
  await page.goto(`${site.url}/log-in`);
  await logIn(page, user);
  const before = await arrives(page, site);
  await page.goto(`${site.url}/log-in?prompt=login`);
  await page.getByRole('button', { name: 'Log in again' }).click();
  await logIn(page, user);
  const after = await arrives(page, site);
  expect(after.claims.sub).toBe(before.claims.sub);
  expect(after.claims.auth_time).toBeGreaterThan(before.claims.auth_time);
});

test('oauth4webapi: a client that asks for two factors gets a user who has shown them', async ({ page, portal, site }) => {
  const user = await newUser(portal);
  await page.goto(`${site.url}/log-in?acr_values=urn:postern:2fa`);
  await logIn(page, user);
  await expect(page.getByText('requires two-factor authentication')).toBeVisible();
  await page.getByRole('button', { name: 'Set up an app' }).click();
  await page.getByLabel('Your password').fill(user.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await setUp(page);
  expect((await arrives(page, site)).claims.acr).toBe('urn:postern:2fa');
});

test('oauth4webapi: a user of another account stays at the portal, and can log in as somebody else', async ({ page, portal, site }) => {
  await page.goto(`${site.url}/log-in`);
  const refused = page.waitForResponse((response) => response.status() === 403);
  await logIn(page, await newUser(portal, 'Strangers'));
  await refused;
  await expect(page.getByText('Ask the operator of the portal.')).toBeVisible();
  await page.getByRole('button', { name: 'Log out' }).click();
  await logIn(page, await newUser(portal));
  expect((await arrives(page, site)).user.name).toBe('Bo');
});

test('oauth4webapi: an address that is not registered gets no answer, and the operator learns what to mend', async ({ page, site, picture }) => {
  const elsewhere = `${site.url}/elsewhere`;
  await page.goto(`${site.url}/log-in?redirect_uri=${encodeURIComponent(elsewhere)}`);
  await expect(page.getByText(`it sent the redirect_uri ${elsewhere}.`)).toBeVisible();
  await expectAccessible(page);
  await picture('redirect-uri-not-registered');
});
