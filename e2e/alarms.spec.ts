// Alarms and the lockdown: what a user is told when somebody else may be at work, and what they can do about it.

import type { Browser, Page } from '@playwright/test';
import { expect, expectAccessible, saveRecoveryCodes } from './fixtures.js';
import { administrator, enterCode, linkIn, logIn, test } from './office.js';

const NEW_PASSWORD = 'quiet harbour lamp anchor';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0';

/** A browser of somebody else. */
async function stranger(browser: Browser): Promise<Page> {
  return (await browser.newContext({ userAgent: FIREFOX })).newPage();
}

test('a log-in from a new browser is mailed, and its link ends it with a new password', async ({ page, browser, office, picture }) => {
  const bo = await office.add('Bo');
  await logIn(page, bo);
  await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  const thief = await stranger(browser);
  await logIn(thief, bo);
  await expect(thief.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  const mail = await office.mail.mail(bo.email, /^New log-in/);
  expect(mail.text).toMatch(/from \S+, with Firefox on Linux/);
  expect(mail.html).toContain('console/link#');
  await page.goto(linkIn(mail));
  await expect(page.getByRole('heading', { name: 'This was not me' })).toBeVisible();
  await expectAccessible(page);
  await picture('not-me');
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'End all sessions and set password' }).click();
  await expect(page.getByRole('heading', { name: 'My security' })).toBeVisible();
  await thief.reload();
  await expect(thief.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await logIn(thief, bo);
  await expect(thief.getByRole('alert').filter({ hasText: 'do not match' })).toBeVisible();
  await office.mail.mail(bo.email, /password was changed/);
});

test('a password without a code is mailed after three minutes, and the link goes on to the code', async ({ page, browser, office }) => {
  test.slow();
  const ada = await office.add('Ada', { admin: true });
  const app = await administrator(page, ada);
  const thief = await stranger(browser);
  await logIn(thief, ada);
  await expect(thief.getByLabel('One-time code')).toBeVisible();
  await thief.getByRole('button', { name: 'Cancel' }).click();
  await expect(thief.getByLabel('Password', { exact: true })).toBeVisible();
  await office.portal.sql(`update unfinished_log_ins set begun_at = begun_at - 180
    where user_id = (select id from users where email = '${ada.email}')`);
  const mail = await office.mail.mail(ada.email, /^Somebody entered your password/);
  await page.goto(linkIn(mail));
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'End all sessions and set password' }).click();
  await enterCode(page, app);
  // The codes of the set-up, which somebody else may have made, no longer work.
  await saveRecoveryCodes(page);
  await expect(page.getByRole('heading', { name: 'Users' })).toBeVisible();
});

for (const where of ['/applications', '/console/security']) {
  test(`a code that is entered twice is shown at ${where} until the user acts`, async ({ page, browser, office, picture }) => {
    test.slow();
    const ada = await office.add('Ada', { admin: true });
    const app = await administrator(page, ada);
    await page.context().clearCookies();
    await logIn(page, ada);
    await enterCode(page, app);
    await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
    const thief = await stranger(browser);
    await logIn(thief, ada);
    await thief.getByLabel('One-time code').pressSequentially(await app.codeAt(Math.floor(Date.now() / 1000)));
    await thief.keyboard.press('Enter');
    await expect(thief.getByRole('alert').filter({ hasText: 'not accepted' })).toBeVisible();
    await office.mail.mail(ada.email, /entered twice/);
    const banner = page.getByRole('region', { name: 'Your one-time code was entered twice' });
    const name = where.slice(1).replaceAll('/', '-');
    for (const [size, colorScheme] of [['desktop', 'light'], ['phone', 'dark']] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(size === 'phone' ? { width: 360, height: 740 } : { width: 1280, height: 800 });
      await page.goto(where);
      await expect(banner).toBeVisible();
      await expectAccessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
      await picture(`alarm-${name}-${size}-${colorScheme}`);
    }
    await banner.getByRole('button', { name: where === '/applications' ? 'End all other sessions' : 'Dismiss' }).click();
    await expect(banner).toBeHidden();
    await page.reload();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(banner).toBeHidden();
  });
}

test('a user locks down the account, and chooses a new password at the next log-in', async ({ page, browser, office, picture }) => {
  test.slow();
  const ada = await office.add('Ada', { admin: true });
  const app = await administrator(page, ada);
  await page.goto('/console/security');
  for (const [size, colorScheme] of [['desktop', 'light'], ['phone', 'dark']] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(size === 'phone' ? { width: 360, height: 740 } : { width: 1280, height: 800 });
    await picture(`lockdown-security-${size}-${colorScheme}`);
    await page.getByRole('button', { name: 'Lock down my user account' }).click();
    await expect(page.getByLabel('Recovery codes also stop working')).toBeChecked();
    await expectAccessible(page);
    await picture(`lockdown-${size}-${colorScheme}`);
    await page.getByRole('button', { name: 'No' }).click();
  }
  await page.getByRole('button', { name: 'Lock down my user account' }).click();
  await page.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await office.mail.mail(ada.email, /locked down/);
  await logIn(page, ada);
  await enterCode(page, app);
  await expect(page.getByText('Your user account was locked down.')).toBeVisible();
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const other = await stranger(browser);
  await logIn(other, ada);
  await expect(other.getByRole('alert').filter({ hasText: 'do not match' })).toBeVisible();
});

test('an administrator locks down a user', async ({ page, browser, office, picture }) => {
  const ada = await office.add('Ada', { admin: true });
  const bo = await office.add('Bo');
  const other = await browser.newPage();
  await logIn(other, bo);
  await expect(other.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  await administrator(page, ada);
  await page.getByRole('button', { name: 'Edit: Bo' }).click();
  await picture('lockdown-edit-user');
  await page.getByRole('button', { name: 'Lock down…' }).click();
  await picture('lockdown-of-user');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByText('was locked down.')).toBeVisible();
  await other.reload();
  await expect(other.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await logIn(other, bo);
  await expect(other.getByText('Your user account was locked down.')).toBeVisible();
  const mail = await office.mail.mail(bo.email, /locked down/);
  expect(mail.text).toContain(`${ada.email} locked down your user account`);
});
