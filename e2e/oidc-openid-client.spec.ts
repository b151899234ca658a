// A web application with a secret, around the npm package `openid-client`.

import { ResponseBodyError, fetchUserInfo, refreshTokenGrant, tokenIntrospection, tokenRevocation } from 'openid-client';
import { newUser } from './behind-proxies.js';
import { startNativeOpenIdClient, startOpenIdClient, type OpenIdClient } from './clients/openid-client.js';
import { expect } from './fixtures.js';
import { becomesLoggedOut, isLoggedOutOf, logInWith2fa, logInWithPassword, shown, test as base } from './relying-parties.js';

const test = base.extend<{ site: OpenIdClient }>({
  site: async ({ portal }, use) => {
    const site = await startOpenIdClient(portal);
    await use(site);
    await site.stop();
  },
});

/** What a refusal of the token endpoint says. */
async function refusal(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'none',
    (error: unknown) => (error instanceof ResponseBodyError ? error.error : String(error)),
  );
}

test('openid-client: a log-in with 2FA says who the user is and how they logged in', async ({ page, user, site }) => {
  await logInWith2fa(page, site, user);
  const known = await shown(page);
  expect(known.user).toEqual({
    sub: known.tokens.claims.sub,
    email: user.email,
    email_verified: true,
    name: 'Ada L.',
    preferred_username: user.email,
    groups: ['Demo'],
  });
  expect(known.tokens.claims).toMatchObject({ acr: 'urn:postern:2fa', amr: ['pwd', 'otp', 'mfa'] });
});

test('openid-client: a second client needs no second log-in', async ({ page, portal, site }) => {
  await logInWithPassword(page, site, await newUser(portal));
  const other = await startOpenIdClient(portal);
  await page.goto(`${other.url}/log-in`);
  await expect(page).toHaveURL(`${other.url}/`);
  expect((await shown(page)).user.name).toBe('Bo');
  await other.stop();
});

test('openid-client: a program on the machine of the user logs in at any port, without a secret', async ({ page, portal }) => {
  const program = await startNativeOpenIdClient(portal);
  await logInWithPassword(page, program, await newUser(portal));
  await page.goto(`${program.url}/refresh`);
  expect((await shown(page)).user.name).toBe('Bo');
  await program.stop();
});

test('openid-client: a refresh gives new tokens for the same user, without a nonce', async ({ page, portal, site }) => {
  await logInWithPassword(page, site, await newUser(portal));
  const before = await shown(page);
  await page.goto(`${site.url}/refresh`);
  const after = await shown(page);
  expect(after.user).toEqual(before.user);
  expect(after.tokens.access).not.toBe(before.tokens.access);
  expect(after.tokens.refresh).not.toBe(before.tokens.refresh);
  for (const claim of ['sub', 'sid', 'auth_time']) expect(after.tokens.claims[claim]).toBe(before.tokens.claims[claim]);
  expect(after.tokens.claims).not.toHaveProperty('nonce');
});

test('openid-client: a refresh token that is used twice ends all tokens of the log-in', async ({ page, portal, site }) => {
  await logInWithPassword(page, site, await newUser(portal));
  const { refresh } = (await shown(page)).tokens;
  const next = await refreshTokenGrant(site.config, refresh);
  expect(await refusal(refreshTokenGrant(site.config, refresh))).toBe('invalid_grant');
  expect(await refusal(refreshTokenGrant(site.config, next.refresh_token!))).toBe('invalid_grant');
  expect(await tokenIntrospection(site.config, next.access_token)).toEqual({ active: false });
});

test('openid-client: a log-out at the client ends the session at the portal, and comes back', async ({ page, portal, site }) => {
  await logInWithPassword(page, site, await newUser(portal));
  await page.goto(`${site.url}/log-out`);
  await expect(page).toHaveURL(`${site.url}/?state=bye`);
  expect((await shown(page)).user).toBeNull();
  await isLoggedOutOf(portal, page);
});

test('openid-client: a log-out at the portal reaches the client by the back channel', async ({ page, portal, site }) => {
  await logInWithPassword(page, site, await newUser(portal));
  const { sub, sid } = (await shown(page)).tokens.claims;
  await page.goto(portal.url);
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await becomesLoggedOut(page, site);
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
  expect(site.logOuts).toEqual([expect.objectContaining({ sub, sid, events })]);
  expect(site.logOuts[0]).not.toHaveProperty('nonce');
});

test('openid-client: a locked user has no tokens, and the client is told', async ({ page, portal, site }) => {
  const user = await newUser(portal);
  await logInWithPassword(page, site, user);
  const { access, refresh, claims } = (await shown(page)).tokens;
  await portal.cli('user', 'lock', user.email);
  await expect(fetchUserInfo(site.config, access, claims.sub)).rejects.toMatchObject({ status: 401 });
  expect(await refusal(refreshTokenGrant(site.config, refresh))).toBe('invalid_grant');
  await becomesLoggedOut(page, site);
});

test('openid-client: introspection says what a token is good for until it is revoked', async ({ page, portal, site }) => {
  await logInWithPassword(page, site, await newUser(portal));
  const { access, refresh, claims } = (await shown(page)).tokens;
  const active = await tokenIntrospection(site.config, access);
  expect(active).toMatchObject({ active: true, sub: claims.sub, client_id: site.config.clientMetadata().client_id, token_type: 'Bearer' });
  expect(active.scope?.split(' ').sort()).toEqual(['email', 'groups', 'openid', 'profile']);
  await tokenRevocation(site.config, refresh);
  expect(await tokenIntrospection(site.config, access)).toEqual({ active: false });
  expect(await refusal(refreshTokenGrant(site.config, refresh))).toBe('invalid_grant');
});
