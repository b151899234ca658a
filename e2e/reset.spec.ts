// Resets that cannot be hijacked: set-up codes, a second administrator, a delay, and people of several accounts.

import type { Browser, Page } from '@playwright/test';
import { expect, expectAccessible, saveRecoveryCodes, type User } from './fixtures.js';
import { administrator, confirmApp, logIn, setUp, test, type Office } from './office.js';

/** Logs a user in who sets an app up under *My security*. */
async function withApp(browser: Browser, user: User): Promise<void> {
  const page = await browser.newPage();
  await logIn(page, user);
  await page.getByRole('link', { name: 'My security' }).click();
  await page.getByRole('button', { name: 'Set up an app' }).click();
  await page.getByLabel('Your password').fill(user.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await setUp(page);
  await expect(page.getByText('Set up on')).toBeVisible();
  await page.close();
}

/** A page of another browser. */
async function another(browser: Browser): Promise<Page> {
  const context = await browser.newContext();
  return context.newPage();
}

/** Opens the settings of resets, changes them and goes back to the users. */
async function settle(page: Page, change: (section: Page) => Promise<void>): Promise<void> {
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('Resets of two-factor authentication').click();
  await change(page);
  await page.locator('details', { hasText: 'Resets of two-factor authentication' }).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The settings were saved.')).toBeVisible();
  await page.getByRole('link', { name: 'Users' }).click();
}

/** Said after a request that somebody else must approve. */
const NOT_YET = 'but has not been carried out yet: see “Reset requests”.';

async function reset(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Reset 2FA: ${name}` }).click();
  await page.getByRole('dialog', { name: 'Confirm' }).getByRole('button', { name: 'Yes' }).click();
}

async function looks(page: Page, picture: (name: string, of: Page) => Promise<void>, name: string): Promise<void> {
  const desktop = page.viewportSize()!;
  for (const [size, viewport] of Object.entries({ phone: { width: 360, height: 740 }, desktop })) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name).toBe(true);
      await picture(`${name}-${size}-${colorScheme}`, page);
    }
  }
  await page.emulateMedia({ colorScheme: null });
}

/** Ada requests a reset for Bo, which Cy has to approve on the `other` page. */
async function requested(page: Page, browser: Browser, office: Office): Promise<{ ada: User; cy: User; bo: User; other: Page }> {
  const [ada, cy, bo] = [await office.add('Ada', { admin: true }), await office.add('Cy', { admin: true }), await office.add('Bo')];
  await withApp(browser, bo);
  const other = await another(browser);
  await administrator(other, cy);
  await administrator(page, ada);
  await settle(page, (settings) => settings.getByLabel('Require approval by a second administrator').check());
  await reset(page, 'Bo');
  await expect(page.getByText(NOT_YET)).toBeVisible();
  return { ada, cy, bo, other };
}

async function isReset(office: Office, user: User): Promise<boolean> {
  const users = (await office.portal.cli('user', 'list')) as { email: string; two_factor: string }[];
  return users.find(({ email }) => email === user.email)?.two_factor === 'none';
}

test('a reset with a set-up code: the thief with the password fails, the user gets through', async ({ page, browser, office, picture }) => {
  test.slow();
  const [ada, bo] = [await office.add('Ada', { admin: true }), await office.add('Bo')];
  await withApp(browser, bo);
  await administrator(page, ada);
  await settle(page, async (settings) => {
    await settings.getByLabel('Require a set-up code').check();
    await looks(settings, picture, 'reset-settings');
  });
  await office.portal.cli('account', 'require-2fa', office.account, 'on');
  await page.getByRole('button', { name: 'Reset 2FA: Bo' }).click();
  const question = page.getByRole('dialog', { name: 'Confirm' });
  await expect(question).toContainText('You will get a set-up code for the user.');
  await question.getByRole('button', { name: 'Yes' }).click();
  const shown = page.getByRole('dialog', { name: 'Set-up code' });
  await expect(shown).toContainText('not in the same way as their password');
  await looks(page, picture, 'set-up-code');
  await page.keyboard.press('Escape');
  await expect(shown, 'Escape does not lose the code').toBeVisible();
  const code = await shown.getByRole('group', { name: 'Set-up code' }).innerText();
  expect(code).toMatch(/^[0-9a-z]{4}-[0-9a-z]{4}$/);
  await shown.getByRole('button', { name: 'Done' }).click();
  await expect(shown).toBeHidden();

  const thief = await another(browser);
  await logIn(thief, bo);
  await expect(thief.getByText(`An administrator of “${office.account}” gives you this code.`)).toBeVisible();
  await looks(thief, picture, 'set-up-with-code');
  const sent: string[] = [];
  thief.on('request', (request) => sent.push(new URL(request.url()).pathname));
  await confirmApp(thief);
  for (const typed of ['', '2f4k-9zq']) {
    await thief.getByLabel('Set-up code').fill(typed);
    await thief.getByRole('button', { name: 'Confirm code' }).click();
    await expect(thief.locator('#set-up-code-problem')).toContainText('8 letters and digits');
    await expect(thief.locator('#code-problem')).toBeEmpty();
    await expect(thief.getByLabel('Set-up code')).toBeFocused();
  }
  expect(sent, 'what cannot be a set-up code is no attempt').not.toContain('/api/set-up/confirm');
  await looks(thief, picture, 'set-up-without-code');
  await thief.getByLabel('Set-up code').fill('0000-0000');
  await thief.getByRole('button', { name: 'Confirm code' }).click();
  await expect(thief.locator('#set-up-code-problem')).toContainText('set-up code was not accepted');
  await expect(thief.locator('#code-problem')).toBeEmpty();
  await expect(thief.getByLabel('Set-up code')).toBeFocused();
  await expect(thief.getByLabel('Set-up code')).toHaveAccessibleDescription(/was not accepted/);

  const owner = await browser.newPage();
  await logIn(owner, bo);
  await owner.getByLabel('Set-up code').fill(code.toUpperCase().replace('-', ' '));
  await confirmApp(owner);
  await saveRecoveryCodes(owner);
  await expect(owner.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  await thief.reload();
  await expect(thief.getByRole('heading', { name: 'Log in' })).toBeVisible();
});

test('a new user gets a set-up code for the first set-up', async ({ page, office }) => {
  test.slow();
  await administrator(page, await office.add('Ada', { admin: true }));
  await settle(page, (settings) => settings.getByLabel('Require a set-up code').check());
  await page.getByRole('button', { name: 'Add user' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Dee');
  await page.getByLabel('E-mail', { exact: true }).fill(`dee-${office.account.replaceAll(/\W/g, '')}@example.com`);
  await page.getByRole('button', { name: 'Save' }).click();
  const offer = page.getByRole('dialog', { name: 'Confirm' });
  await expect(offer).toContainText('Create a set-up code for them now?');
  await offer.getByRole('button', { name: 'Yes' }).click();
  const shown = page.getByRole('dialog', { name: 'Set-up code' });
  const first = await shown.getByRole('group', { name: 'Set-up code' }).innerText();
  await shown.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Set-up code: Dee' }).click();
  await expect(shown.getByRole('group', { name: 'Set-up code' })).not.toHaveText(first);
});

test('a second administrator approves, and another request is refused', async ({ page, browser, office, picture }) => {
  test.slow();
  const { ada, cy, bo, other } = await requested(page, browser, office);
  await expect(page.getByRole('row', { name: bo.email })).toContainText('Reset requested');
  await expect(page.getByRole('button', { name: 'Approve: Bo' })).toHaveCount(0);
  expect((await office.mail.mail(bo.email, /reset of your two-factor authentication was requested/)).text).toContain(ada.email);
  const asked = await office.mail.mail(cy.email, /Approve the reset/);
  expect(asked.text).toContain(bo.email);

  await other.goto(/https?:\/\/\S+\/console\/\S+\/users/.exec(asked.text ?? '')![0]);
  await other.getByRole('button', { name: 'Refuse: Bo' }).click();
  await other.getByRole('dialog', { name: 'Confirm' }).getByRole('button', { name: 'Yes' }).click();
  await expect(other.getByText('The request is closed. Nothing was reset.')).toBeVisible();
  await office.mail.mail(bo.email, /will not be reset/);

  await page.reload();
  await reset(page, 'Bo');
  await expect(page.getByText(NOT_YET)).toBeVisible();
  await other.reload();
  await expect(other.getByRole('heading', { name: 'Reset requests' })).toBeVisible();
  await looks(other, picture, 'reset-requests');
  await other.getByRole('button', { name: 'Approve: Bo' }).click();
  await other.getByRole('dialog', { name: 'Confirm' }).getByRole('button', { name: 'Yes' }).click();
  await expect(other.getByText('You approved the reset for Bo')).toContainText('and it was carried out.');
  await expect(other.getByRole('row', { name: bo.email })).toContainText('Not set up');
  await office.mail.mail(bo.email, /was reset/);
  await office.mail.mail(ada.email, /^Two-factor authentication was reset for/);
});

test('an approval says until when the reset still waits', async ({ page, browser, office }) => {
  test.slow();
  const { bo, other } = await requested(page, browser, office);
  await settle(page, (settings) => settings.getByLabel('Delay before a reset, in hours').fill('48'));
  await other.reload();
  await expect(other.getByText('It will not be carried out before'), 'a delay that was set since').toBeVisible();
  await other.getByRole('button', { name: 'Approve: Bo' }).click();
  await other.getByRole('dialog', { name: 'Confirm' }).getByRole('button', { name: 'Yes' }).click();
  await expect(other.getByRole('status').filter({ hasText: 'You approved the reset.' })).toContainText('not be carried out before');
  await expect(other.getByRole('button', { name: 'Approve: Bo' })).toHaveCount(0);
  expect(await isReset(office, bo)).toBe(false);
});

test('the user cancels a reset that waits, with the link in the e-mail', async ({ page, browser, office, picture }) => {
  test.slow();
  const [ada, bo] = [await office.add('Ada', { admin: true }), await office.add('Bo')];
  await withApp(browser, bo);
  await administrator(page, ada);
  await settle(page, (settings) => settings.getByLabel('Delay before a reset, in hours').fill('24'));
  await reset(page, 'Bo');
  const mail = await office.mail.mail(bo.email, /reset of your two-factor authentication was requested/);
  const link = /https?:\/\/\S+\/console\/cancel-reset#\S+/.exec(mail.text ?? '')![0];
  const other = await another(browser);
  await other.goto(link);
  await expect(other.getByRole('heading', { name: 'Cancel the reset of your two-factor authentication' })).toBeVisible();
  expect(new URL(other.url()).hash).toBe('');
  await looks(other, picture, 'cancel-reset');
  await other.getByRole('button', { name: 'Cancel the reset' }).click();
  await expect(other.getByText('The reset is cancelled.')).toBeVisible();
  await office.mail.mail(ada.email, /will not be reset/);
  expect(await isReset(office, bo)).toBe(false);
  await other.goto('about:blank');
  await other.goto(link);
  await other.getByRole('button', { name: 'Cancel the reset' }).click();
  await expect(other.getByText('This link no longer works')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('button', { name: 'Reset 2FA: Bo' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Reset requests' })).toHaveCount(0);
});

test('a person of two accounts is reset when an administrator of each has approved', async ({ page, browser, office }) => {
  test.slow();
  const [ada, bo] = [await office.add('Ada', { admin: true }), await office.add('Bo')];
  const second = `${office.account} elsewhere`;
  await office.portal.addAccount(second, { require2fa: false });
  const eve = await office.portal.addUser({ email: `eve-${ada.email}`, account: second, name: 'Eve', admin: true });
  await office.portal.cli('user', 'add-to', bo.email, '--account', second);
  await withApp(browser, bo);
  await administrator(page, ada);
  const other = await another(browser);
  await administrator(other, eve);
  for (const account of [office.account, second]) await office.portal.cli('account', 'require-2fa', account, 'on');
  await other.reload();
  await reset(other, 'Bo');
  await expect(other.getByText('Administrators of other accounts have to approve it.')).toBeVisible();
  await page.reload();
  await expect(page.getByText('An administrator of another account requested this reset')).toBeVisible();
  await expect(page.locator('body')).not.toContainText(eve.email);
  expect((await office.mail.mail(ada.email, /Approve the reset/)).text).not.toContain(eve.email);
  await page.getByRole('button', { name: 'Approve: Bo' }).click();
  await page.getByRole('dialog', { name: 'Confirm' }).getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByText('You approved the reset for Bo')).toContainText('and it was carried out.');
  expect(await isReset(office, bo)).toBe(true);
});
