// An application in the browser, around the npm package `oidc-client-ts`: it talks to the portal from another site.

import { join } from 'node:path';
import { newUser } from './behind-proxies.js';
import { expect } from './fixtures.js';
import { ClientSite, isLoggedOutOf, logInWith2fa, logInWithPassword, register, SCOPE, shown, test as base } from './relying-parties.js';

const FILES = ['clients/oidc-client-ts.html', 'node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js'] as const;
const PAGES = ['/', '/log-in', '/callback', '/refresh', '/revoke', '/log-out'];

const test = base.extend<{ site: ClientSite }>({
  site: async ({ portal }, use) => {
    const site = await ClientSite.start();
    const { issuer, id } = await register(portal, site.url, '--public');
    const [page, library] = FILES.map((file) => join(import.meta.dirname, file));
    site.app.get('/settings', (_request, response) => void response.json({ authority: issuer, client_id: id, scope: SCOPE }));
    site.app.get('/oidc-client-ts.min.js', (_request, response) => response.sendFile(library!));
    site.app.get(PAGES, (_request, response) => response.sendFile(page!));
    await use(site);
    await site.stop();
  },
});

test('oidc-client-ts: an app in the browser logs in with 2FA and asks who the user is', async ({ page, user, site }) => {
  await logInWith2fa(page, site, user);
  const { profile } = (await shown(page)).user;
  expect(profile).toMatchObject({ email: user.email, name: 'Ada L.', groups: ['Demo'] });
});

test('oidc-client-ts: an app in the browser refreshes its tokens without a page', async ({ page, portal, site }) => {
  await logInWithPassword(page, site, await newUser(portal));
  const before = (await shown(page)).user;
  await page.goto(`${site.url}/refresh`);
  await expect(page).toHaveURL(`${site.url}/`);
  const after = (await shown(page)).user;
  expect(after.profile.sub).toBe(before.profile.sub);
  expect([after.access_token, after.refresh_token]).not.toEqual([before.access_token, before.refresh_token]);
});

test('oidc-client-ts: an app in the browser can give its tokens back', async ({ page, portal, site }) => {
  await logInWithPassword(page, site, await newUser(portal));
  const { access_token } = (await shown(page)).user;
  await page.goto(`${site.url}/revoke`);
  await expect(page).toHaveURL(`${site.url}/`);
  const answer = await fetch(`${portal.url}/oidc/userinfo`, { headers: { authorization: `Bearer ${access_token}` } });
  expect(answer.status).toBe(401);
});

test('oidc-client-ts: a log-out in the app ends the session at the portal, and comes back', async ({ page, portal, site }) => {
  await logInWithPassword(page, site, await newUser(portal));
  await page.goto(`${site.url}/log-out`);
  await expect(page).toHaveURL(`${site.url}/`);
  expect((await shown(page)).user).toBeNull();
  await isLoggedOutOf(portal, page);
});
