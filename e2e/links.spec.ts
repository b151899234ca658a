// One-time links: the page of each survives a reload, and another link can be opened in the same tab.

import type { Page } from '@playwright/test';
import { expect, expectAccessible, Portal, type User } from './fixtures.js';
import { administrator, linkIn, logIn, test, type Office } from './office.js';

const NEW_PASSWORD = 'quiet harbour lamp anchor';

/** Opens a link like a person who pastes it into the address of this tab. */
async function paste(page: Page, link: string): Promise<void> {
  await page.evaluate((link) => location.assign(link), link);
}

/** A dead link, then the good one in the same tab, reloads, and both ways through the history. */
async function isKept(page: Page, link: string, heading: string): Promise<void> {
  const dead = page.getByRole('heading', { name: 'This link does not work' });
  const good = page.getByRole('heading', { name: heading, exact: true });
  await page.goto(`${new URL(link).origin}/console/link#nothing`);
  await expect(dead).toBeVisible();
  await paste(page, link);
  await expect(good).toBeVisible();
  for (let n = 0; n < 2; n += 1) {
    await page.reload();
    await expect(good).toBeVisible();
    expect(page.url(), 'the token is not in the address').toBe(`${new URL(link).origin}/console/link`);
  }
  expect(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie])).toEqual([0, 0, '']);
  await page.goBack();
  await expect(dead).toBeVisible();
  await page.goForward();
  await expect(good).toBeVisible();
}

/** Logs in as an administrator, who invites a user of another account. */
async function inviteUserOfAnotherAccount(page: Page, office: Office, name: string): Promise<{ user: User; link: string }> {
  const ada = await office.add('Ada', { admin: true });
  await administrator(page, ada);
  const account = /console\/(\w+)\/users/.exec(page.url())![1];
  const email = ada.email.replace('ada', name.toLowerCase());
  await office.portal.addAccount(`${office.account} elsewhere`, { require2fa: false });
  const user = await office.portal.addUser({ email, account: `${office.account} elsewhere` });
  const users = `/api/accounts/${account}/users`;
  const added = await page.request.post(users, { data: { email, name, admin: false } });
  await page.request.patch(`${users}/${((await added.json()) as { id: string }).id}`, { data: { active: true } });
  return { user, link: linkIn(await office.mail.mail(email, /invite/i)) };
}

/** After its use the link is not kept any more. */
async function isForgotten(page: Page): Promise<void> {
  expect(await page.evaluate(() => history.state)).toBeNull();
}

test('a link to a new password survives a reload, and a good one is taken where a dead one was', async ({ page, office }) => {
  const bo = await office.add('Bo');
  await page.goto('/console/forgotten-password');
  await page.getByLabel('E-mail').fill(bo.email);
  await page.getByRole('button', { name: 'Send link' }).click();
  const link = linkIn(await office.mail.mail(bo.email, /Choose a new password/));
  await isKept(page, link, 'Choose a new password');
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByRole('heading', { name: 'My security' })).toBeVisible();
  await isForgotten(page);
});

test('an invitation survives a reload, and a good one is taken where a dead one was', async ({ page, browser, office }) => {
  const { user: cy, link } = await inviteUserOfAnotherAccount(page, office, 'Cy');
  const other = await browser.newPage();
  await isKept(other, link, 'Invitation');
  await other.getByRole('button', { name: 'Join' }).click();
  await expect(other.getByText('You are now a member.').first()).toBeVisible();
  await isForgotten(other);
  await logIn(other, cy);
  await expect(other.getByText(office.account, { exact: true })).toBeVisible();
});

test('an invitation to an address that nobody has confirmed leads to a link to a new password', async ({ page, browser, office }) => {
  const { user, link } = await inviteUserOfAnotherAccount(page, office, 'Dee');
  await office.portal.sql(`update users set email_unconfirmed_since = 1 where email = '${user.email}'`);
  const other = await (await browser.newContext()).newPage();
  await other.goto(link);
  await expect(other.getByText('An administrator has changed the e-mail address of this user.')).toBeVisible();
  await expect(other.getByRole('button', { name: 'Join' })).toHaveCount(0);
  await expectAccessible(other);
  await other.screenshot({ path: 'test-results/screens/unconfirmed-invitation.png' });
  await other.getByRole('link', { name: 'Forgotten password?' }).click();
  await expect(other.getByLabel('E-mail')).toBeVisible();
});

test('the first-run link survives a reload, and a good one is taken where a dead one was', async ({ page, database }) => {
  const portal = await Portal.start(database);
  try {
    const link = /http:\/\/\S+\/console\/link#\S+/.exec(await portal.log())![0];
    await isKept(page, link, 'Welcome');
    await page.getByLabel('Name of the organisation').fill('Acme');
    await page.getByLabel('E-mail').fill('ada@example.com');
    await page.getByLabel('Password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Create' }).click();
    await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeVisible();
    await page.goBack();
    await expect(page.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
  } finally {
    await portal.stop();
  }
});
