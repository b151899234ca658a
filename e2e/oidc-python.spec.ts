// Applications in Python, around the packages `mozilla-django-oidc` and `authlib`.

import { newUser } from './behind-proxies.js';
import { startPython, type PythonSite } from './clients/python.js';
import { expect } from './fixtures.js';
import { becomesLoggedOut, isLoggedOutOf, logInWith2fa, logInWithPassword, shown, test as base } from './relying-parties.js';

const test = base.extend<{ django: PythonSite; authlib: PythonSite }>({
  django: async ({ portal }, use) => {
    const site = await startPython(portal, 'mozilla_django_oidc_app.py');
    await use(site);
    await site.stop();
  },
  authlib: async ({ portal }, use) => {
    const site = await startPython(portal, 'authlib_app.py');
    await use(site);
    await site.stop();
  },
});

test('mozilla-django-oidc: a log-in with 2FA makes a user of Django', async ({ page, user, django }) => {
  await logInWith2fa(page, django, user);
  expect((await shown(page)).user).toEqual({ email: user.email });
});

test('mozilla-django-oidc: a session is renewed silently until the user is locked', async ({ page, portal, django }) => {
  const user = await newUser(portal);
  await logInWithPassword(page, django, user);
  let renewals = 0;
  page.on('request', (request) => {
    if (request.url().startsWith(`${django.url}/callback?code=`)) renewals += 1;
  });
  const renewed = () => page.goto(`${django.url}/`).then(() => renewals);
  await expect.poll(renewed, { timeout: 10_000, intervals: [200] }).toBeGreaterThan(0);
  expect((await shown(page)).user).toEqual({ email: user.email });
  await portal.cli('user', 'lock', user.email);
  await becomesLoggedOut(page, django);
});

test('mozilla-django-oidc: a log-out ends the session at the portal, and comes back', async ({ page, portal, django }) => {
  await logInWithPassword(page, django, await newUser(portal));
  await page.goto(`${django.url}/log-out`);
  await expect(page).toHaveURL(`${django.url}/`);
  expect((await shown(page)).user).toBeNull();
  await isLoggedOutOf(portal, page);
});

test('authlib: a log-in with 2FA says who the user is and how they logged in', async ({ page, user, authlib }) => {
  await logInWith2fa(page, authlib, user);
  const known = await shown(page);
  expect(known.user).toMatchObject({ sub: known.claims.sub, email: user.email, name: 'Ada L.', groups: ['Demo'] });
  expect(known.claims).toMatchObject({ acr: 'urn:postern:2fa', amr: ['pwd', 'otp', 'mfa'] });
});

test('authlib: an expired access token is refreshed on the way to the portal', async ({ page, portal, authlib }) => {
  await logInWithPassword(page, authlib, await newUser(portal));
  const before = await shown(page);
  await page.goto(`${authlib.url}/refresh`);
  const after = await shown(page);
  expect(after.user).toEqual(before.user);
  expect(after.access).not.toBe(before.access);
});

test('authlib: a log-out ends the session at the portal, and comes back with its state', async ({ page, portal, authlib }) => {
  await logInWithPassword(page, authlib, await newUser(portal));
  await page.goto(`${authlib.url}/log-out`);
  await expect(page).toHaveURL((url) => url.href.startsWith(`${authlib.url}/?state=`));
  expect((await shown(page)).user).toBeNull();
  await isLoggedOutOf(portal, page);
});
