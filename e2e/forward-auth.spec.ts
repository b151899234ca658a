// Applications behind a proxy: the log-in, and everything that ends a session.

import { randomUUID } from 'node:crypto';
import { arrives, logIn, newUser, open, received, sessionOf, statusOf, test } from './behind-proxies.js';
import { expect, expectAccessible } from './fixtures.js';
import { setUp } from './office.js';
import { LOGIN } from './reverse-proxy.js';

const IDENTITY = ['Remote-User', 'Remote-Email', 'Remote-Name', 'Remote-Groups'];

test('a deep link leads through the log-in with 2FA to where it points, and the application knows who it is', async ({ page, user, wiki }) => {
  const deepLink = '/a%20page/%C3%BC?q=1&next=%2Fx%3Fy&q=2';
  await page.goto(wiki.url.origin + deepLink);
  await expect(page).toHaveURL((url) => url.hostname === LOGIN);
  await logIn(page, user);
  await setUp(page);
  await arrives(page, wiki.url.origin + deepLink);
  const { target, headers } = await received(page);
  expect(target).toBe(deepLink);
  const identity = IDENTITY.map((name) => headers.filter(([sent]) => sent.toLowerCase() === name.toLowerCase()).map(([, value]) => value));
  expect(identity).toEqual([[user.email], [user.email], ['Ada L.'], ['Demo']]);
});

test('forms, scripts and WebSockets work', async ({ page, portal, wiki }) => {
  await open(page, wiki.url, await newUser(portal));
  await page.getByLabel('Note').fill('milk & honey');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(`${wiki.url.origin}/notes`);
  expect(await received(page)).toMatchObject({ method: 'POST', body: 'note=milk+%26+honey' });
  expect(await statusOf(page, '/api/notes')).toBe(200);
  const echo = await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`wss://${location.host}/live`);
        socket.onopen = () => socket.send('hello');
        socket.onmessage = ({ data }) => resolve(data);
        socket.onerror = () => reject(new Error('the socket did not open'));
      }),
  );
  expect(echo).toBe('hello');
});

test('a link of 2,000 bytes arrives whole', async ({ page, portal, wiki }) => {
  const link = `/search?${'&a='.repeat(240)}`;
  await open(page, wiki.url.origin + link, await newUser(portal));
  expect((await received(page)).target).toBe(link);
});

test('whoever may not use the application is told so, it receives nothing, and somebody else can log in', async ({ page, portal, wiki, picture }) => {
  const before = wiki.application.received.length;
  await page.goto(wiki.url.href);
  const refused = page.waitForResponse((response) => response.status() === 403);
  await logIn(page, await newUser(portal, 'Strangers'));
  await refused;
  expect(wiki.application.received.slice(before)).toEqual([]);
  await expect(page.getByText('Ask the operator of the portal.')).toBeVisible();
  await expectAccessible(page);
  await picture('application-not-given');
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await logIn(page, await newUser(portal));
  await arrives(page, wiki.url);
});

test('a path that is open to nobody is refused to everybody, and one that is open to everybody needs no log-in', async ({ page, portal, wiki }) => {
  await page.goto(`${wiki.url.origin}/healthz`);
  expect((await received(page)).target).toBe('/healthz');
  await open(page, wiki.url, await newUser(portal));
  const answer = await page.goto(`${wiki.url.origin}/forbidden/page`);
  expect(answer?.status()).toBe(403);
  await expect(page.getByRole('heading', { name: 'Wiki' })).toHaveCount(0);
});

test('three tabs that are restored at once all arrive', async ({ context, portal, wiki }) => {
  const user = await newUser(portal);
  const first = await context.newPage();
  await first.goto(`https://${LOGIN}/`);
  await logIn(first, user);
  await expect(first.getByRole('link', { name: 'My security' })).toBeVisible();
  const links = [1, 2, 3].map((number) => `${wiki.url.origin}/tab/${number}`);
  const tabs = await Promise.all(links.map(() => context.newPage()));
  await Promise.all(tabs.map((tab, index) => tab.goto(links[index]!)));
  for (const [index, tab] of tabs.entries()) await arrives(tab, links[index]!);
});

test('the session of one application is worth nothing at another', async ({ page, context, portal, wiki, shop }) => {
  await open(page, wiki.url, await newUser(portal));
  // The second application opens without another log-in.
  await page.goto(shop.url.href);
  await arrives(page, shop.url);
  const [atWiki, atShop] = [await sessionOf(page, wiki.url), await sessionOf(page, shop.url)];
  expect(atWiki).not.toBe(atShop);
  const cookie = { name: '__Host-postern-app', url: wiki.url.href, secure: true, httpOnly: true };
  await page.goto(wiki.url.href);
  await context.addCookies([{ ...cookie, value: atShop }]);
  expect(await statusOf(page, '/')).toBe(401);
  await context.addCookies([{ ...cookie, value: atWiki }]);
  expect(await statusOf(page, '/')).toBe(200);
});

test('a log-out in one application ends all', async ({ page, context, portal, wiki, shop }) => {
  await open(page, wiki.url, await newUser(portal));
  const other = await context.newPage();
  await other.goto(shop.url.href);
  await arrives(other, shop.url);
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('button', { name: 'Log out' })).toHaveCount(0);
  expect(await statusOf(other, '/')).toBe(401);
  await page.goto(wiki.url.href);
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
});

test('a reset in the console ends the session at the next request', async ({ page, browser, portal, user, wiki }) => {
  await page.goto(wiki.url.href);
  await logIn(page, user);
  await setUp(page);
  await arrives(page, wiki.url);
  expect(await statusOf(page, '/')).toBe(200);
  const administrator = { email: `root-${randomUUID()}@example.com`, account: 'Demo', name: 'Root', admin: true };
  const console = await (await browser.newContext()).newPage();
  await console.goto(`https://${LOGIN}/`);
  await logIn(console, await portal.addUser(administrator));
  await setUp(console);
  await console.getByRole('link', { name: 'My security' }).click();
  await console.getByRole('link', { name: 'Users' }).click();
  await console.getByRole('row', { name: user.email }).getByRole('button', { name: 'Reset 2FA' }).click();
  await console.getByRole('dialog', { name: 'Confirm' }).getByRole('button', { name: 'Yes' }).click();
  await expect.poll(() => statusOf(page, '/'), { timeout: 2_000, intervals: [100] }).toBe(401);
  await console.context().close();
});

test('a form that meets an ended session is refused, and never sent later', async ({ page, portal, wiki }) => {
  const user = await newUser(portal);
  await open(page, wiki.url, user);
  await portal.cli('user', 'lock', user.email);
  await expect.poll(() => statusOf(page, '/'), { timeout: 2_000, intervals: [100] }).toBe(401);
  const before = wiki.application.received.length;
  await page.getByLabel('Note').fill('lost');
  const refused = page.waitForResponse((response) => response.request().method() === 'POST');
  await page.getByRole('button', { name: 'Save' }).click();
  expect((await refused).status()).toBe(401);
  await expect(page.getByRole('heading').first()).toBeVisible();
  await portal.cli('user', 'unlock', user.email);
  await open(page, wiki.url, user);
  expect(wiki.application.received.slice(before).map(({ method }) => method)).not.toContain('POST');
});
