// What administrators do in the console, and what it means for others.

import { expect } from './fixtures.js';
import { addMany, administrator, enterCode, linkIn, logIn, setUp, test } from './office.js';

const NEW_PASSWORD = 'quiet harbour lamp anchor';

test('enabling 2FA forces a user to set it up at the next log-in', async ({ page, browser, office }) => {
  const [ada, bo] = [await office.add('Ada', { admin: true }), await office.add('Bo')];
  await administrator(page, ada);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('Enable two-factor authentication (2FA)').check();
  await expect(page.getByText('Set up by 1 of 2 users')).toContainText('1 user will be asked to set it up at the next log-in');
  await page.getByRole('button', { name: 'Save' }).first().click();
  await expect(page.getByText('The settings were saved.')).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Enable two-factor authentication (2FA)')).toBeChecked();

  const other = await browser.newPage();
  await logIn(other, bo);
  await setUp(other);
  await expect(other.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
});

test('a reset ends sessions and old codes, is told by mail, and asks for set-up again', async ({ page, browser, office }) => {
  test.slow();
  const [ada, bo] = [await office.add('Ada', { admin: true }), await office.add('Bo')];
  await office.portal.cli('account', 'require-2fa', office.account, 'on');
  const other = await browser.newPage();
  await logIn(other, bo);
  const old = await setUp(other);
  await expect(other.getByRole('heading', { name: 'You are logged in' })).toBeVisible();

  await logIn(page, ada);
  await setUp(page);
  await page.getByRole('link', { name: 'Console' }).click();
  await page.getByRole('button', { name: 'Reset 2FA: Bo' }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirm' });
  await expect(dialog).toContainText(`Bo (${bo.email})`);
  await expect(dialog.getByRole('button', { name: 'No' })).toBeFocused();
  await dialog.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByText('Two-factor authentication was reset for Bo')).toBeVisible();
  await expect(page.getByRole('row', { name: bo.email })).toContainText('Not set up');

  await other.reload();
  await expect(other.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await logIn(other, bo);
  await expect(other.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeVisible();
  await other.getByLabel('Enter the new 6-digit code from the app').pressSequentially(await old.freshCode());
  await other.getByRole('button', { name: 'Confirm code' }).click();
  await expect(other.getByRole('alert')).toContainText('comes from the old entry');
  const mail = await office.mail.mail(bo.email, /was reset/);
  expect(mail.text).toContain(ada.email);
  expect(office.mail.to(bo.email).filter(({ subject }) => subject?.includes('was reset'))).toHaveLength(1);
});

test('Escape and No change nothing, by keyboard alone', async ({ page, office }) => {
  const ada = await office.add('Ada', { admin: true });
  await office.add('Bo');
  await administrator(page, ada);
  const opener = page.getByRole('button', { name: 'Remove: Bo' });
  for (const leave of ['Escape', 'Enter']) {
    await opener.focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'No' })).toBeFocused();
    await page.keyboard.press(leave);
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(opener).toBeFocused();
  }
});

test('a locked user does not get in, and nothing tells a stranger why', async ({ page, browser, office }) => {
  const [ada, bo] = [await office.add('Ada', { admin: true }), await office.add('Bo')];
  await administrator(page, ada);
  await page.getByRole('button', { name: 'Edit: Bo' }).click();
  await page.getByLabel('Is active?').uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirm' });
  await expect(dialog).toContainText('lose access to this account at once');
  await expect(page.getByText('was saved')).toHaveCount(0);
  await dialog.getByRole('button', { name: 'No' }).click();
  await expect(page.getByLabel('Is active?'), 'nothing was saved, and nothing is lost').not.toBeChecked();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByRole('row', { name: bo.email })).toContainText('User account locked');
  const other = await browser.newPage();
  const said = async (password: string): Promise<string> => {
    await logIn(other, { email: bo.email, password });
    await expect(other.getByRole('alert').filter({ hasText: /\S/ })).toBeVisible();
    return other.getByRole('alert').filter({ hasText: /\S/ }).innerText();
  };
  expect(await said(bo.password)).toBe(await said('wrong password'));
});

test('a new user is invited by mail, chooses a password and is in', async ({ page, browser, office }) => {
  const ada = await office.add('Ada', { admin: true });
  await administrator(page, ada);
  const email = ada.email.replace('ada', 'new');
  await page.getByRole('button', { name: 'Add user' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Newcomer');
  await page.getByRole('textbox', { name: 'E-mail', exact: true }).fill(email);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: email })).toContainText('User account locked');
  await page.getByRole('button', { name: 'Edit: Newcomer' }).click();
  await page.getByLabel('Is active?').check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('row', { name: email })).toContainText('Invited');
  const link = linkIn(await office.mail.mail(email, /Your user account/));

  const other = await browser.newPage();
  await other.goto(link);
  await expect(other.getByText(email)).toBeVisible();
  expect(other.url(), 'the token is taken out of the address').not.toContain('#');
  await other.getByLabel('New password').fill('password1234');
  await other.getByRole('button', { name: 'Set password' }).click();
  await expect(other.getByRole('alert').filter({ hasText: /\S/ })).toContainText('common password');
  await other.getByLabel('New password').fill(NEW_PASSWORD);
  await other.getByRole('button', { name: 'Set password' }).click();
  await expect(other.getByRole('heading', { name: 'My security' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('row', { name: email })).toContainText('User account active');
  await other.goto(link);
  await other.reload();
  await expect(other.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
});

test('a forgotten password is replaced by mail, and the second factor is still asked for', async ({ page, office }) => {
  test.slow();
  const bo = await office.add('Bo', { admin: true });
  const app = await administrator(page, bo);
  await page.context().clearCookies();
  await page.goto('/');
  await page.getByRole('link', { name: 'Forgotten password?' }).click();
  await page.getByLabel('E-mail').fill(bo.email);
  await page.getByRole('button', { name: 'Send link' }).click();
  await expect(page.getByRole('status').first()).toContainText('an e-mail with a link is on its way');
  await page.goto(linkIn(await office.mail.mail(bo.email, /Choose a new password/)));
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Set password' }).click();
  await enterCode(page, app);
  await expect(page.getByRole('heading', { name: 'Users' })).toBeVisible();
  await office.mail.mail(bo.email, /password was changed/);
});

test('of two administrators who save at once the second sees both versions and loses nothing', async ({ page, browser, office }) => {
  const ada = await office.add('Ada', { admin: true });
  await administrator(page, ada);
  await page.getByRole('link', { name: 'Settings' }).click();
  const box = page.getByLabel('Enable two-factor authentication (2FA)');
  await expect(box).toBeVisible();
  const second = await browser.newContext({ storageState: await page.context().storageState() });
  const other = await second.newPage();
  await other.goto(page.url());
  await other.getByText('Password expiration').click();
  await other.getByLabel('After 90 days').check();
  await other.getByRole('button', { name: 'Save' }).nth(1).click();
  await expect(other.getByText('The settings were saved.')).toBeVisible();

  await box.check();
  await page.getByRole('button', { name: 'Save' }).first().click();
  await expect(page.getByText('Another administrator has changed these settings in the meantime').first()).toBeVisible();
  await expect(box).toBeChecked();
  await page.getByRole('button', { name: 'Keep my changes' }).first().click();
  await page.getByRole('button', { name: 'Save' }).first().click();
  await expect(page.getByText('The settings were saved.')).toBeVisible();
  await page.reload();
  await expect(box).toBeChecked();
  await page.getByText('Password expiration').click();
  await expect(page.getByLabel('After 90 days')).toBeChecked();
  await second.close();
});

test('a list of addresses that shuts everybody out is undone by itself, which is said and recorded', async ({ page, office }) => {
  test.setTimeout(150_000);
  const ada = await office.add('Ada', { admin: true });
  await administrator(page, ada);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('Access restriction by address').click();
  await expect(page.getByText('Your current address is')).toBeVisible();
  await page.getByLabel('Allowed addresses').fill('192.0.2.0/24');
  await page.getByRole('button', { name: 'Save' }).last().click();
  await expect(page.getByRole('dialog', { name: 'Confirm' })).toContainText('not on this list');
  await page.getByRole('button', { name: 'Yes' }).click();
  await page.getByRole('button', { name: 'Keep these addresses' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'cannot be used from this network' }).first()).toBeVisible();
  await expect(page.getByText('was not confirmed in time')).toBeVisible({ timeout: 90_000 });
  await expect(page.getByLabel('Allowed addresses'), 'kept for another try').toHaveValue('192.0.2.0/24');
  await page.reload();
  await page.getByText('Access restriction by address').click();
  await expect(page.getByLabel('Allowed addresses')).toHaveValue('');
  await page.getByRole('link', { name: 'Reports' }).click();
  await page.getByRole('link', { name: 'Administration' }).click();
  await expect(page.getByRole('row', { name: /was not confirmed/ })).toContainText('Automatic');
});

test('a list that holds one’s own address is confirmed and stays', async ({ page, office }) => {
  const ada = await office.add('Ada', { admin: true });
  await administrator(page, ada);
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('Access restriction by address').click();
  await page.getByLabel('Allowed addresses').fill('127.0.0.0/8\n::1');
  await page.getByRole('button', { name: 'Save' }).last().click();
  await page.getByRole('button', { name: 'Keep these addresses' }).click();
  await expect(page.getByText('The new address list was confirmed.')).toBeVisible();
  await page.reload();
  await expect(page.getByLabel('Allowed addresses')).toHaveValue('127.0.0.0/8\n::1');
});

test('the login history is searched, and exported as a file', async ({ page, office }) => {
  const [ada, bo] = [await office.add('Ada', { admin: true }), await office.add('Bo')];
  await logIn(page, { email: bo.email, password: 'wrong password' });
  await expect(page.getByRole('alert').filter({ hasText: 'do not match' })).toBeVisible();
  await administrator(page, ada);
  await page.getByRole('link', { name: 'Reports' }).click();
  await page.getByLabel('Search user, address or result').fill('bo-');
  await expect(page.getByRole('row', { name: bo.email })).toContainText('Wrong password');
  await expect(page.getByRole('row', { name: ada.email })).toHaveCount(0);
  await expect(page).toHaveURL(/search=bo-/);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export CSV' }).click();
  expect((await download).suggestedFilename()).toBe('login-history.csv');
  await page.getByRole('link', { name: 'Administration' }).click();
  await expect(page.getByRole('heading', { name: 'Administration' })).toBeVisible();
  await page.goBack();
  await expect(page.getByLabel('Search user, address or result')).toHaveValue('bo-');
});

test('an account of 10 000 users is looked after like a small one', async ({ page, office }) => {
  const ada = await office.add('Ada', { admin: true });
  await administrator(page, ada);
  await addMany(page, office, 10_000);
  await page.getByLabel('Show').selectOption('100');
  await expect(page.getByRole('row')).toHaveCount(101);
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByText('Page 2 of 101', { exact: true })).toBeVisible();
  await page.getByLabel('Search name or e-mail').fill('User 9876');
  await expect(page.getByRole('row')).toHaveCount(2);
  await expect(page.getByRole('button', { name: /^Reset 2FA/ }), 'they have none').toHaveCount(0);
  await page.getByRole('button', { name: 'Remove: User 9876' }).click();
  await page.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByText('No user matches your search.').first()).toBeVisible();
});

test('the first run goes from the printed link to an account with an administrator', async ({ page, database }) => {
  const { Portal } = await import('./portal.js');
  const portal = await Portal.start(database);
  try {
    const link = /http:\/\/\S+\/console\/link#\S+/.exec(await portal.log())![0];
    await page.goto(link);
    await page.getByLabel('Name of the organisation').fill('Acme');
    await page.getByLabel('Your name').fill('Ada L.');
    await page.getByLabel('E-mail').fill('ada@example.com');
    await page.getByLabel('Password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Create' }).click();
    await setUp(page);
    await expect(page.getByRole('heading', { name: 'Users' })).toBeVisible();
    await expect(page.getByRole('row', { name: 'ada@example.com' })).toContainText('Administrator');
    await page.goto(link);
    await page.reload();
    await expect(page.getByRole('heading', { name: 'This link does not work' })).toBeVisible();
  } finally {
    await portal.stop();
  }
});
