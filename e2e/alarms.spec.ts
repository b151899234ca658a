// Alarms and the lockdown: what a user is told when somebody else may be at work, and what they can do about it.

import type { Browser, Page } from '@playwright/test';
import { expect, expectAccessible, saveRecoveryCodes } from './fixtures.js';
import { administrator, confirmApp, enterCode, linkIn, logIn, test } from './office.js';

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
  await expect(page.getByText('All your sessions were ended and your new password is set.')).toBeVisible();
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
  await expect(page.getByText('All your sessions were ended and your new password is set.')).toBeVisible();
  await expect(page.getByLabel('One-time code')).toBeVisible();
  expect(new URL(page.url()).search, 'said only once').toBe('');
  await enterCode(page, app);
  // The codes of the set-up, which somebody else may have made, no longer work.
  await saveRecoveryCodes(page);
  await expect(page.getByRole('heading', { name: 'Users' })).toBeVisible();
});

for (const [where, by] of [['/applications', 'End'], ['/console/security', 'Dismiss'], ['/console/password', 'End']] as const) {
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
    await thief.getByLabel('One-time code').pressSequentially(await app.latestCode());
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
    if (by === 'Dismiss') {
      await banner.getByRole('button', { name: 'Dismiss' }).click();
      await expect(banner).toBeHidden();
    } else {
      await banner.getByRole('button', { name: 'End all other sessions' }).click();
      await expect(banner).toContainText('Now change your password.');
      await expectAccessible(page);
      await picture(`alarm-${name}-ended`);
      await expect(banner.getByRole('link', { name: 'Change password' })).toHaveAttribute('href', '/console/password');
    }
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
  await expect(page.getByText('Your user account is locked down. Log in as usual, then choose a new password.')).toBeVisible();
  expect(new URL(page.url()).search, 'said only once').toBe('');
  await picture('lockdown-done');
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

test('whoever has lost the phone locks down the account with a recovery code', async ({ page, office, picture }) => {
  test.slow();
  const ada = await office.add('Ada');
  await logIn(page, ada);
  await page.getByRole('link', { name: 'My security' }).click();
  await expect(page.getByText('Recovery codes stand in for a second factor.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Create recovery codes' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Set up an app' }).click();
  await page.getByLabel('Your password').fill(ada.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await confirmApp(page);
  const [code] = await saveRecoveryCodes(page);
  await office.portal.sql(`update sessions set factor_shown_at = factor_shown_at - 900
    where user_id = (select id from users where email = '${ada.email}')`);
  await page.goto('/console/security');
  await page.getByRole('button', { name: 'Lock down my user account' }).click();
  await page.getByLabel('Recovery codes also stop working').uncheck();
  await page.getByRole('button', { name: 'Yes' }).click();
  const factor = page.getByRole('dialog', { name: 'Verify your identity' });
  await expect(factor).toBeVisible();
  await factor.getByRole('button', { name: 'Cancel' }).click();
  const question = page.getByRole('dialog', { name: 'Confirm' });
  const field = question.getByLabel('Recovery code', { exact: true });
  await expect(field, 'offered to whoever cannot show the second factor').toBeFocused();
  await field.fill('732303');
  await question.getByRole('button', { name: 'Yes' }).click();
  await expect(field).toHaveAccessibleDescription(/16 letters and digits/);
  await expect(field).toBeFocused();
  await expectAccessible(page);
  await picture('lockdown-by-recovery-code');
  await field.fill(code!.toUpperCase());
  await question.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByText('Your user account is locked down.')).toBeVisible();
  const mail = await office.mail.mail(ada.email, /recovery code was used/);
  expect(mail.text).toMatch(/from \S+, with \S+ on .*, to lock down your user account/);
});

test('a person of two accounts is not locked down by one, which says what to do instead', async ({ page, office, picture }) => {
  const ada = await office.add('Ada', { admin: true });
  const bo = await office.add('Bo');
  const second = `${office.account} elsewhere`;
  await office.portal.addAccount(second, { require2fa: false });
  await office.portal.cli('user', 'add-to', bo.email, '--account', second);
  await administrator(page, ada);
  await page.getByRole('button', { name: 'Edit: Bo' }).click();
  await page.getByRole('button', { name: 'Lock down…' }).click();
  await page.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Lock them in this account' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Lock down…' })).toHaveCount(0);
  await expectAccessible(page);
  await picture('lockdown-shared');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Edit: Ada' }).click();
  await expect(page.getByRole('dialog').getByRole('link', { name: 'My security' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Lock down…' })).toHaveCount(0);
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
