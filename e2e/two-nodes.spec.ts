// Two nodes on one database behind nginx: a session that ends at one of them also ends at the other.

import type { Page } from '@playwright/test';
import { newUser, open, sessionOf, statusOf, test as behindProxies, type Site } from './behind-proxies.js';
import { expect, type Portal } from './fixtures.js';

/** The time within which every node knows that a session has ended. */
const LIMIT_MS = 2_000;

const test = behindProxies.extend<object, { nodes: Portal[] }>({
  nodes: [
    async ({ portal }, use) => {
      const second = await portal.join();
      await use([portal, second]);
      await second.leave();
    },
    { scope: 'worker' },
  ],
});

/** What each node answers to nginx's check with this session. */
function answers(nodes: Portal[], wiki: Site, session: string): Promise<number[]> {
  const headers = {
    'X-Original-URL': wiki.url.href,
    'X-Original-Method': 'GET',
    'X-Forwarded-For': '192.0.2.1',
    Cookie: `__Host-postern-app=${session}`,
  };
  return Promise.all(nodes.map(async ({ url }) => (await fetch(`${url}/api/forward-auth/nginx`, { headers })).status));
}

/** Lets both nodes cache the session, ends it, and waits until both refuse it. */
async function endsEverywhere(page: Page, nodes: Portal[], wiki: Site, end: () => Promise<unknown>): Promise<void> {
  const session = await sessionOf(page, wiki.url);
  const other = await page.context().newPage();
  await other.goto(wiki.url.href);
  expect(await answers(nodes, wiki, session)).toEqual([200, 200]);
  await end();
  await expect.poll(() => answers(nodes, wiki, session), { timeout: LIMIT_MS, intervals: [100] }).toEqual([401, 401]);
  // nginx asks the nodes in turn.
  for (let request = 0; request < 4; request += 1) expect(await statusOf(other, '/')).toBe(401);
}

test('a user who is locked is refused by every node within two seconds', async ({ page, portal, nodes, wiki }) => {
  const user = await newUser(portal);
  await open(page, wiki.url, user);
  await endsEverywhere(page, nodes, wiki, () => portal.cli('user', 'lock', user.email));
});

test('a log-out at one node ends the session at every node within two seconds', async ({ page, portal, nodes, wiki }) => {
  await open(page, wiki.url, await newUser(portal));
  await endsEverywhere(page, nodes, wiki, () => page.getByRole('button', { name: 'Log out' }).click());
});
