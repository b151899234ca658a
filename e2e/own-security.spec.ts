// What everybody does about their own security, and what happens when a session ends.

import { Authenticator, expect } from './fixtures.js';
import { administrator, confirmApp, enterCode, logIn, setUp, test } from './office.js';

const NEW_PASSWORD = 'quiet harbour lamp anchor';

test('the sessions that a set-up has ended are gone from the list', async ({ page, browser, office }) => {
  const bo = await office.add('Bo');
  const elsewhere = await browser.newContext({ baseURL: office.portal.url });
  const tab = await elsewhere.newPage();
  await logIn(tab, bo);
  await expect(tab.getByRole('link', { name: 'My security' })).toBeVisible();
  await logIn(page, bo);
  await page.getByRole('link', { name: 'My security' }).click();
  const ends = page.getByRole('button', { name: /^End session/ });
  await expect(ends).toHaveCount(1);
  await page.getByRole('button', { name: 'Set up an app' }).click();
  await page.getByLabel('Your password').fill(bo.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await setUp(page);
  await expect(page.getByText('Set up on')).toBeVisible();
  await expect(ends).toHaveCount(0);
  await elsewhere.close();
});

test('whoever does not recognise the last log-in can change the password', async ({ page, office }) => {
  const bo = await office.add('Bo');
  for (let n = 0; n < 2; n += 1) {
    await logIn(page, bo);
    await expect(page.getByRole('link', { name: 'My security' })).toBeVisible();
    if (n === 0) await page.context().clearCookies();
  }
  await page.getByRole('link', { name: 'Not you?' }).click();
  await expect(page.getByRole('button', { name: 'Set up an app' })).toBeVisible();
  await page.getByRole('link', { name: 'Change password' }).last().click();
  await expect(page.getByLabel('New password', { exact: true })).toBeVisible();
});

test('an app is replaced after a fresh code, and the old one dies only then', async ({ page, office }) => {
  test.slow();
  const bo = await office.add('Bo', { admin: true });
  const old = await administrator(page, bo);
  await page.goto('/console/security');
  await page.getByRole('button', { name: 'Replace the app' }).click();
  await page.getByLabel('Your password').fill('not the password');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'not your current password' })).toBeVisible();
  await page.getByLabel('Your password').fill(bo.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  const app = await confirmApp(page);
  await expect(page.getByText('Your authenticator app is set up.')).toBeVisible();
  expect(app.key).not.toBe(old.key);
  await office.mail.mail(bo.email, /was replaced/);
  await page.context().clearCookies();
  await logIn(page, bo);
  await page.getByLabel('One-time code').pressSequentially(await old.freshCode());
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert').filter({ hasText: 'not accepted' })).toBeVisible();
  await enterCode(page, app);
  await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
});

test('while an app is replaced, its code and a wrong clock are recognised', async ({ page, office, picture }) => {
  test.slow();
  const bo = await office.add('Bo', { admin: true });
  const old = await administrator(page, bo);
  await page.goto('/console/security');
  await page.getByRole('button', { name: 'Replace the app' }).click();
  await page.getByLabel('Your password').fill(bo.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  const key = await page.getByRole('group', { name: 'Security key' }).innerText();
  const now = (): number => Math.floor(Date.now() / 1000);
  const field = page.getByLabel('Enter the new 6-digit code from the app');
  await field.pressSequentially(await old.codeAt(now()));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert').filter({ hasText: 'comes from an old entry in your app. Enter the code of the new' })).toBeVisible();
  await picture('replace-old-entry');
  await field.pressSequentially(await new Authenticator(key).codeAt(now() - 180));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert').filter({ hasText: /phone’s clock is about [34] minutes slow/ })).toBeVisible();
  await confirmApp(page);
  await expect(page.getByText('Your authenticator app is set up.')).toBeVisible();
});

test('a password is changed, and the other browsers are logged out', async ({ page, browser, office }) => {
  const bo = await office.add('Bo');
  const other = await browser.newPage();
  await logIn(other, bo);
  await expect(other.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  await logIn(page, bo);
  await page.getByRole('link', { name: 'My security' }).click();
  await page.locator('header').getByText('Bo', { exact: true }).click();
  await page.locator('#me').getByRole('link', { name: 'Change password' }).click();
  await page.getByLabel('Current password').fill(bo.password);
  await page.getByLabel('New password').fill('short');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'at least 12 characters' })).toBeVisible();
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Your password was changed.')).toBeVisible();
  await other.reload();
  await expect(other.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await logIn(other, { email: bo.email, password: NEW_PASSWORD });
  await expect(other.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
});

test('a session is ended from another one', async ({ page, browser, office }) => {
  const bo = await office.add('Bo');
  const other = await browser.newPage();
  await logIn(other, bo);
  await expect(other.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  await logIn(page, bo);
  await page.getByRole('link', { name: 'My security' }).click();
  await expect(page.getByText('This session')).toBeVisible();
  await page.getByRole('button', { name: /^End session:/ }).click();
  await expect(page.getByText('The session was ended.')).toBeVisible();
  await expect(page.getByRole('button', { name: /^End session:/ })).toHaveCount(0);
  await other.reload();
  await expect(other.getByRole('heading', { name: 'Log in' })).toBeVisible();
});

test('a temporary password is replaced before anything else', async ({ page, office }) => {
  const email = (await office.add('Bo')).email.replace('bo', 'temporary');
  const answer = await office.portal.cli('user', 'add', email, '--account', office.account, '--active');
  await logIn(page, { email, password: (answer as { password: string }).password });
  await expect(page.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();
  await page.reload();
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByRole('heading', { name: 'My security' })).toBeVisible();
});

test('a session that ends in mid-work loses nothing that was typed', async ({ page, context, office }) => {
  test.slow();
  const ada = await office.add('Ada', { admin: true });
  const app = await administrator(page, ada);
  await page.getByRole('button', { name: 'Add user' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Typed before');
  const email = ada.email.replace('ada', 'kept');
  await page.getByRole('textbox', { name: 'E-mail', exact: true }).fill(email);
  await context.clearCookies();
  await page.getByRole('button', { name: 'Save' }).click();
  const over = page.getByRole('dialog', { name: 'Your session has ended' });
  await expect(over).toBeVisible();
  await over.getByRole('button', { name: 'Try again' }).click();
  await expect(over.getByRole('alert')).toContainText('session has ended');
  const [other] = await Promise.all([context.waitForEvent('page'), over.getByRole('link', { name: 'Log in' }).click()]);
  await other.getByLabel('E-mail').fill(ada.email);
  await other.getByLabel('Password', { exact: true }).fill(ada.password);
  await other.getByRole('button', { name: 'Log in', exact: true }).click();
  await enterCode(other, app);
  await expect(other.getByRole('heading', { name: 'Users' })).toBeVisible();
  await over.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('row', { name: email })).toContainText('Typed before');
});

test('a deep link leads through the log-in to its place', async ({ page, context, office }) => {
  test.slow();
  const ada = await office.add('Ada', { admin: true });
  const app = await administrator(page, ada);
  await page.getByRole('link', { name: 'Reports' }).click();
  await expect(page.getByRole('heading', { name: 'Login history' })).toBeVisible();
  const place = page.url();
  await context.clearCookies();
  await page.goto(place);
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await page.getByLabel('E-mail').fill(ada.email);
  await page.getByLabel('Password', { exact: true }).fill(ada.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await enterCode(page, app);
  await expect(page).toHaveURL(place);
  await expect(page.getByRole('heading', { name: 'Login history' })).toBeVisible();
});

test('a sensitive action without a fresh code asks for one and then goes on by itself', async ({ page, office }) => {
  test.slow();
  const ada = await office.add('Ada', { admin: true });
  const app = await administrator(page, ada);
  // The server says what it says after ten minutes; everything else is real.
  let asked = false;
  await page.route('**/reset-2fa', async (route) => {
    if (asked) return route.continue();
    asked = true;
    return route.fulfill({ status: 403, json: { error: 'step_up_required' } });
  });
  await page.getByRole('button', { name: 'Reset 2FA: Ada' }).click();
  await page.getByRole('button', { name: 'Yes' }).click();
  const dialog = page.getByRole('dialog', { name: 'Verify your identity' });
  await expect(dialog.getByLabel('One-time code')).toBeFocused();
  await dialog.getByLabel('One-time code').pressSequentially(await app.freshCode());
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
});
