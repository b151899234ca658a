// An older client, around the npm package `passport-openidconnect`.

import { decodeJwt } from 'jose';
import { logIn, newUser } from './behind-proxies.js';
import { startPassport, type PassportSite } from './clients/passport.js';
import { expect, expectAccessible } from './fixtures.js';
import { isLoggedOutOf, logInWith2fa, logInWithPassword, shown, test as base } from './relying-parties.js';

const test = base.extend<{ site: PassportSite; asking: PassportSite }>({
  site: async ({ portal }, use) => {
    const site = await startPassport(portal);
    await use(site);
    await site.stop();
  },
  // A client for which the portal asks its users.
  asking: async ({ portal }, use) => {
    const site = await startPassport(portal, '--consent');
    await use(site);
    await site.stop();
  },
});

test('passport-openidconnect: a log-in with 2FA works without PKCE and with the secret in the body', async ({ page, user, site }) => {
  await logInWith2fa(page, site, user);
  const { profile } = (await shown(page)).user;
  expect(profile).toMatchObject({ displayName: 'Ada L.', username: user.email, emails: [{ value: user.email }] });
});

test('passport-openidconnect: a refresh works with the secret in the body', async ({ page, portal, site }) => {
  await logInWithPassword(page, site, await newUser(portal));
  await page.goto(`${site.url}/refresh`);
  const { before, refreshToken, idToken } = await shown(page);
  expect(refreshToken).not.toBe(before.refreshToken);
  expect(decodeJwt(idToken).sub).toBe(decodeJwt(before.idToken).sub);
});

test('passport-openidconnect: a log-out without an id token is confirmed on a page, and comes back', async ({ page, portal, site, picture }) => {
  await logInWithPassword(page, site, await newUser(portal));
  await page.goto(`${site.url}/log-out`);
  await expect(page.getByRole('heading', { name: 'Log out?' })).toBeVisible();
  await expectAccessible(page);
  await picture('confirm-log-out');
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL(`${site.url}/`);
  await isLoggedOutOf(portal, page);
});

test('passport-openidconnect: a user who refuses consent comes back without a log-in, and can agree later, once', async ({ page, portal, asking, picture }) => {
  await page.goto(`${asking.url}/log-in`);
  await logIn(page, await newUser(portal));
  await expect(page.getByRole('heading', { name: /^Log in to / })).toBeVisible();
  await expectAccessible(page);
  await picture('consent');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page).toHaveURL(`${asking.url}/failed`);
  await page.goto(`${asking.url}/log-in`);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(`${asking.url}/`);
  expect((await shown(page)).user.profile.displayName).toBe('Bo');
  await page.goto(`${asking.url}/log-in`);
  await expect(page).toHaveURL(`${asking.url}/`);
});
