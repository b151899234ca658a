import type { Page } from '@playwright/test';
import { Authenticator, expect, saveRecoveryCodes, test, type User } from './fixtures.js';

/** Sends e-mail and password. */
async function logIn(page: Page, user: User): Promise<void> {
  await page.goto('/');
  await page.getByLabel('E-mail').fill(user.email);
  await page.getByLabel('Password', { exact: true }).fill(user.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

/** Sets up an authenticator app from the QR code on the screen. */
async function setUp(page: Page): Promise<Authenticator> {
  await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeFocused();
  const { app } = await Authenticator.scan(await page.screenshot({ fullPage: true }));
  await page.getByLabel('Enter the new 6-digit code from the app').pressSequentially(await app.freshCode());
  await page.getByRole('button', { name: 'Confirm code' }).click();
  await saveRecoveryCodes(page);
  await signedIn(page);
  return app;
}

async function signedIn(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
}

test('set up once by the QR code, then log in with a code', async ({ page, user }) => {
  test.slow();
  await logIn(page, user);
  await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeFocused();
  const { app, totp } = await Authenticator.scan(await page.screenshot({ fullPage: true }));
  expect([totp.issuer, totp.label, totp.algorithm, totp.digits, totp.period]).toEqual([
    'Postern',
    user.email,
    'SHA1',
    6,
    30,
  ]);
  await expect(page.getByRole('group', { name: 'Security key' })).toHaveText(new RegExp(app.key.match(/.{4}/g)!.join('\\s*')));
  await page.getByLabel('Enter the new 6-digit code from the app').pressSequentially(await app.freshCode());
  await page.getByRole('button', { name: 'Confirm code' }).click();
  await saveRecoveryCodes(page);
  await signedIn(page);
  await expect(page.getByText('This is your first log-in.')).toBeVisible();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();

  await logIn(page, user);
  const code = page.getByLabel('One-time code');
  await expect(code).toBeFocused();
  await code.pressSequentially(await app.freshCode());
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await signedIn(page);
  await expect(page.getByText(user.email)).toBeVisible();
});

test('log in with the keyboard alone, and paste the code with a space in it', async ({ page, user, context }) => {
  test.slow();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/');
  await expect(page.getByLabel('E-mail')).toBeFocused();
  await page.keyboard.type(user.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(user.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeFocused();
  const key = (await page.getByRole('group', { name: 'Security key' }).innerText()).replaceAll(/\s/g, '');
  const copy = page.getByRole('button', { name: 'Copy' });
  while (!(await copy.evaluate((button) => button === document.activeElement))) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Copied')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);

  const code = await new Authenticator(key).freshCode();
  await page.evaluate((text) => navigator.clipboard.writeText(text), `${code.slice(0, 3)} ${code.slice(3)}`);
  const field = page.getByLabel('Enter the new 6-digit code from the app');
  while (!(await field.evaluate((input) => input === document.activeElement))) await page.keyboard.press('Tab');
  await page.keyboard.press('ControlOrMeta+V');
  await saveRecoveryCodes(page);
  await signedIn(page);
});

test('a wrong password and a wrong code say what to do and keep what was typed', async ({ page, user }) => {
  await logIn(page, { ...user, password: 'wrong password' });
  await expect(page.getByRole('alert')).toContainText('That e-mail and password do not match.');
  await expect(page.getByLabel('E-mail')).toHaveValue(user.email);
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
  await page.keyboard.type(user.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeFocused();
  const field = page.getByLabel('Enter the new 6-digit code from the app');
  await field.pressSequentially('000000');
  await page.keyboard.press('Enter');
  await expect(page.locator('#code-problem')).toContainText('That code was not accepted.');
  await expect(field).toBeFocused();
  await expect(field).toHaveValue('');
});

test('what is typed before the app has arrived is sent when it has', async ({ page, user }) => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/*.wasm', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/', { waitUntil: 'commit' });
  await page.getByLabel('E-mail').pressSequentially(user.email);
  await page.getByLabel('Password', { exact: true }).pressSequentially(user.password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: /Logging in/ })).toBeVisible();
  expect(page.url()).not.toContain(user.password);
  release();
  await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeVisible();
});

test('what set-up is made of is fetched while the password is checked', async ({ page, user }) => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/api/sign-in', async (route) => {
    await held;
    await route.continue();
  });
  const fetched = page.waitForResponse(/set-up-\w+_bg\.wasm$/);
  await logIn(page, user);
  await fetched;
  release();
  await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeFocused();
});

test('a set-up that has ended leads back to the log-in, which says why, once', async ({ page, user, context }) => {
  await logIn(page, user);
  await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeFocused();
  await context.clearCookies();
  await page.getByLabel('Enter the new 6-digit code from the app').pressSequentially('123456');
  await page.keyboard.press('Enter');
  const why = page.getByRole('alert').filter({ hasText: 'This log-in has ended' });
  await expect(why).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await expect(why).toHaveCount(0);
});

/** Drops the cookies of every response to this request, like a browser that blocks them. */
async function blockCookies(page: Page, request: string): Promise<void> {
  await page.route(request, async (route) => {
    const response = await route.fetch();
    await page.context().clearCookies();
    const { 'set-cookie': _, ...headers } = response.headers();
    await route.fulfill({ response, headers });
  });
}

test('if the browser does not keep the cookie, the log-in form says so, whatever the next step is', async ({ page, user, picture }) => {
  test.slow();
  const told = page.getByRole('alert').filter({ hasText: 'Your browser kept no cookie. Allow cookies for this site' });
  for (const next of ['set-up', 'code']) {
    await blockCookies(page, '**/api/sign-in');
    await logIn(page, user);
    await expect(told, next).toBeVisible();
    await expect(page.getByLabel('E-mail')).toHaveValue(user.email);
    await picture('log-in-no-cookie');
    await page.unroute('**/api/sign-in');
    if (next === 'code') break;
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await setUp(page);
    await page.getByRole('button', { name: 'Log out' }).click();
    await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  }
});

test('where WebAssembly is blocked the page says so', async ({ page }) => {
  await page.route('**/*.wasm', (route) => route.abort());
  await page.goto('/');
  await expect(page.getByRole('alert').filter({ hasText: 'not working' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Reload' })).toBeVisible();
});

test('a server that cannot be reached loses nothing that was typed', async ({ page, user }) => {
  await page.route('**/api/sign-in', (route) => route.abort());
  await logIn(page, user);
  await expect(page.getByText('The server cannot be reached.')).toBeVisible();
  await expect(page.getByLabel('E-mail')).toHaveValue(user.email);
  await page.unroute('**/api/sign-in');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeVisible();
});

test('reload, a second tab and the way back end where the log-in stands', async ({ page, user, context }) => {
  await logIn(page, user);
  const key = page.getByRole('group', { name: 'Security key' });
  const shown = await key.innerText();
  await page.reload();
  await expect(key).toHaveText(shown, { useInnerText: true });
  const second = await context.newPage();
  await second.goto('/');
  await expect(second.getByRole('group', { name: 'Security key' })).toHaveText(shown, { useInnerText: true });
  await setUp(second);
  await page.getByLabel('Enter the new 6-digit code from the app').pressSequentially('123456');
  await page.keyboard.press('Enter');
  await signedIn(page);
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await page.goto('about:blank');
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await second.getByRole('button', { name: 'Log out' }).click();
  await expect(second.getByRole('heading', { name: 'Log in' })).toBeVisible();
});
