// Passkeys at the log-in: in place of an authenticator app, as the second factor, and alone.

import type { Page } from '@playwright/test';
import { expect, expectAccessible, Portal, saveRecoveryCodes, test, type User } from './fixtures.js';
import { enterCode, confirmApp } from './office.js';
import { noteRequests, PasskeyDevice, withoutSuggestions, type Abilities } from './passkey-device.js';

const ALONE = { name: 'Log in with a passkey' };
const SECOND = { name: 'Use your passkey', exact: true };

async function sendPassword(page: Page, user: User): Promise<void> {
  await page.getByLabel('E-mail').fill(user.email);
  await page.getByLabel('Password', { exact: true }).fill(user.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

async function isIn(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
}

async function logOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
}

function alert(page: Page, words: RegExp) {
  return page.getByRole('alert').filter({ hasText: words });
}

/** Sets up a passkey at the first log-in; the user is logged in afterwards. */
async function setUp(page: Page, user: User, abilities: Abilities = {}): Promise<{ device: PasskeyDevice; codes: string[] }> {
  const device = await PasskeyDevice.attach(page, abilities);
  await page.goto('/');
  await sendPassword(page, user);
  await page.getByRole('button', { name: 'Use a passkey instead' }).click();
  const codes = await saveRecoveryCodes(page);
  await isIn(page);
  return { device, codes };
}

test.describe('without suggestions', () => {
  test.beforeEach(({ page }) => withoutSuggestions(page));

  for (const transport of ['internal', 'usb'] as const) {
    test(`a passkey (${transport}) is set up, is the second factor, and logs in alone`, async ({ page, user, picture }) => {
      await setUp(page, user, { transport });
      await logOut(page);
      await sendPassword(page, user);
      await expect(page.getByRole('heading', { name: 'Use your passkey' })).toBeFocused();
      await expect(page).toHaveURL(/\/passkey$/);
      await expect(page.getByRole('link', { name: 'Use a recovery code' })).toBeVisible();
      await expect(page.getByRole('button', { name: 'Use a one-time code' })).toHaveCount(0);
      await expectAccessible(page);
      await picture('passkey-second-factor');
      await page.getByRole('button', SECOND).click();
      await isIn(page);
      await logOut(page);
      await page.getByRole('button', ALONE).click();
      await isIn(page);
    });
  }

  test('a security key without a place for names is a second factor, but does not log in alone', async ({ page, user }) => {
    await setUp(page, user, { transport: 'usb', discoverable: false });
    await logOut(page);
    await page.getByRole('button', ALONE).click();
    await expect(alert(page, /No passkey was used/)).toBeVisible();
    await sendPassword(page, user);
    await page.getByRole('button', SECOND).click();
    await isIn(page);
  });

  test('a device that does not check who uses it is told what to do', async ({ page, user, picture }) => {
    const device = await PasskeyDevice.attach(page, { verifies: false });
    await page.goto('/');
    await sendPassword(page, user);
    await page.getByRole('button', { name: 'Use a passkey instead' }).click();
    await expect(alert(page, /No passkey was added.*PIN, fingerprint or face/)).toBeVisible();
    await expectAccessible(page);
    await picture('set-up-no-passkey');
    await device.verify(true);
    await page.getByRole('button', { name: 'Use a passkey instead' }).click();
    await saveRecoveryCodes(page);
    await isIn(page);
    await logOut(page);
    await device.verify(false);
    await page.getByRole('button', ALONE).click();
    await expect(alert(page, /No passkey was used.*Try again, or use another method/)).toBeVisible();
    await expect(page.getByRole('button', ALONE)).toBeEnabled();
    await picture('log-in-no-passkey');
    await device.verify(true);
    await page.getByRole('button', ALONE).click();
    await isIn(page);
  });

  test('with a passkey alone there is a recovery code as the other way', async ({ page, user }) => {
    const { codes } = await setUp(page, user);
    await logOut(page);
    await sendPassword(page, user);
    await page.getByRole('link', { name: 'Use a recovery code' }).click();
    await expect(page.getByRole('link', { name: 'Use your passkey' })).toBeVisible();
    await page.getByLabel('Recovery code').fill(codes[0]!);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await expect(page.getByText('You have 9 recovery codes left.')).toBeVisible();
  });

  test('with a passkey and an app, the passkey comes first', async ({ page, user, picture }) => {
    await setUp(page, user);
    await page.goto('/console/security');
    await page.getByRole('button', { name: 'Set up an app' }).click();
    await page.getByLabel('Your password').fill(user.password);
    await page.getByRole('button', { name: 'Continue' }).click();
    const app = await confirmApp(page);
    await expect(page.getByText('Set up on')).toBeVisible();
    await page.context().clearCookies();
    await page.goto('/');
    await sendPassword(page, user);
    await expect(page.getByRole('button', SECOND)).toBeVisible();
    await picture('passkey-or-code');
    await page.getByRole('button', { name: 'Use a one-time code' }).click();
    await expect(page.getByLabel('One-time code')).toBeFocused();
    await enterCode(page, app);
    await isIn(page);
  });

  test('a passkey that becomes synced still works; one that no longer is has to be added again', async ({ page, user }) => {
    const { device } = await setUp(page, user);
    await logOut(page);
    await device.sync(true, true);
    await page.getByRole('button', ALONE).click();
    await isIn(page);
    await page.goto('/console/security');
    await expect(page.getByText('Synced', { exact: true })).toBeVisible();
    await page.context().clearCookies();
    await page.goto('/');
    await device.sync(false, false);
    await page.getByRole('button', ALONE).click();
    await expect(alert(page, /This passkey has changed.*add this passkey again/)).toBeVisible();
  });

  test('a counter that does not grow refuses one attempt, and no more', async ({ page, user }) => {
    const { device } = await setUp(page, user);
    await logOut(page);
    const before = await device.passkey();
    await page.getByRole('button', ALONE).click();
    await isIn(page);
    await logOut(page);
    await device.clear();
    await device.put(before);
    await page.getByRole('button', ALONE).click();
    await expect(alert(page, /there may be a copy of it/)).toBeVisible();
    await page.getByRole('button', ALONE).click();
    await isIn(page);
  });

  test('two tabs that finish in reverse order: one is refused, and may try again', async ({ page, context, user }) => {
    const { device } = await setUp(page, user);
    const copy = await device.passkey();
    await context.clearCookies();
    const other = await context.newPage();
    await withoutSuggestions(other);
    const second = await PasskeyDevice.attach(other);
    await second.put({ ...copy, signCount: copy.signCount + 1 });
    // The assertion of the first tab is held back until the second one has logged in.
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const isHeld = page.waitForRequest('**/api/sign-in/passkey');
    await page.route('**/api/sign-in/passkey', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto('/');
    await page.getByRole('button', ALONE).click();
    await isHeld;
    await other.goto('/');
    await other.getByRole('button', ALONE).click();
    await isIn(other);
    await other.getByRole('button', { name: 'Log out' }).click();
    await expect(other.getByRole('heading', { name: 'Log in' })).toBeVisible();
    release();
    await expect(alert(page, /there may be a copy of it/)).toBeVisible();
    const ahead = await second.passkey();
    await device.clear();
    await device.put(ahead);
    await page.getByRole('button', ALONE).click();
    await isIn(page);
  });

  test('a passkey that the device no longer has is explained', async ({ page, user }) => {
    const { device } = await setUp(page, user);
    await logOut(page);
    await device.clear();
    await page.getByRole('button', ALONE).click();
    await expect(alert(page, /may no longer have the passkey/)).toBeVisible();
  });

  test('a passkey that the portal no longer has disappears from the device', async ({ page, portal, user }) => {
    const { device } = await setUp(page, user);
    await logOut(page);
    await portal.cli('user', 'reset-2fa', user.email);
    await page.getByRole('button', ALONE).click();
    await expect(alert(page, /does not know this passkey/)).toBeVisible();
    await expect.poll(async () => (await device.credentials()).length).toBe(0);
  });

  test('a challenge that has run out is refused once', async ({ page, portal, user }) => {
    await setUp(page, user);
    await logOut(page);
    await expect.poll(() => challenges(page)).toBeGreaterThan(0);
    await portal.sql('update passkey_ceremonies set expires_at = 0');
    await page.getByRole('button', ALONE).click();
    await expect(alert(page, /took too long. Try again/)).toBeVisible();
    await page.getByRole('button', ALONE).click();
    await isIn(page);
  });

  test('the program arrives late: everything can be typed, and a click on the passkey is not lost', async ({ page, user }) => {
    await setUp(page, user);
    await logOut(page);
    let release = (): void => {};
    const late = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/*.wasm', async (route) => {
      await late;
      await route.continue();
    });
    await page.reload();
    await page.getByLabel('E-mail').fill(user.email);
    await expect(page.getByLabel('E-mail')).toHaveValue(user.email);
    await page.getByRole('button', ALONE).click();
    await expect(page.locator('#log-in-passkey')).toHaveAttribute('data-busy', '');
    expect(await challenges(page)).toBe(0);
    release();
    await isIn(page);
  });

  test('a browser without conversions, and a password manager that cannot write JSON', async ({ page, user }) => {
    await page.addInitScript(() => {
      Reflect.deleteProperty(PublicKeyCredential, 'parseCreationOptionsFromJSON');
      Reflect.deleteProperty(PublicKeyCredential, 'parseRequestOptionsFromJSON');
      PublicKeyCredential.prototype.toJSON = () => {
        throw new TypeError('Illegal invocation');
      };
    });
    await setUp(page, user);
    await logOut(page);
    await page.getByRole('button', ALONE).click();
    await isIn(page);
    await logOut(page);
    await sendPassword(page, user);
    await page.getByRole('button', SECOND).click();
    await isIn(page);
  });
});

/** How many challenges the page has asked for. */
async function challenges(page: Page): Promise<number> {
  return page.evaluate(() => performance.getEntriesByType('resource').filter((it) => it.name.endsWith('/passkey/options')).length);
}

test('a browser without passkeys offers none, and says what to do to somebody who needs one', async ({ page, browser, user }) => {
  await withoutSuggestions(page);
  await setUp(page, user);
  const other = await browser.newPage();
  await other.addInitScript(() => Reflect.deleteProperty(window, 'PublicKeyCredential'));
  await other.goto(page.url().replace(/\/applications.*/, '/'));
  await expect(other.getByRole('button', ALONE)).toHaveCount(0);
  await sendPassword(other, user);
  await other.getByRole('button', SECOND).click();
  await expect(alert(other, /This browser cannot use passkeys.*open it in your browser/)).toBeVisible();
  await other.close();
});

test('at an IP address there are no passkeys, and My security says why', async ({ page, database, picture }) => {
  const portal = await Portal.start(database, { host: '127.0.0.1' });
  await portal.addAccount('Demo');
  const user = await portal.addUser({ email: 'ada@example.com', account: 'Demo' });
  await page.goto(portal.url);
  await sendPassword(page, user);
  await expect(page.getByRole('group', { name: 'Security key' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Use a passkey instead' })).toHaveCount(0);
  await confirmApp(page);
  await saveRecoveryCodes(page);
  await page.goto(`${portal.url}/console/security`);
  await expect(page.locator('#passkeys')).toContainText('This portal cannot use passkeys, because its address is an IP address');
  await expect(page.getByRole('button', { name: 'Add a passkey' })).toHaveCount(0);
  await picture('passkeys-number');
  await page.context().clearCookies();
  await page.goto(portal.url);
  await expect(page.getByRole('button', { name: 'Log in', exact: true })).toBeVisible();
  await expect(page.getByRole('button', ALONE)).toHaveCount(0);
  await portal.stop();
});

test('a suggestion in the e-mail field logs in without a click', async ({ page, context, user }) => {
  await setUp(page, user);
  await context.clearCookies();
  const noted = await noteRequests(page);
  await page.goto('/');
  await isIn(page);
  expect(noted).toEqual(['conditional: asked']);
});

test('a click on the button ends the suggestions before it asks', async ({ page, context, user }) => {
  const { device } = await setUp(page, user);
  await context.clearCookies();
  await device.agree(false);
  const noted = await noteRequests(page);
  await page.goto('/');
  await expect.poll(() => noted).toEqual(['conditional: asked']);
  await expect(page.getByLabel('E-mail')).toHaveAttribute('autocomplete', 'username webauthn');
  await device.agree(true);
  await page.getByRole('button', ALONE).click();
  await isIn(page);
  expect(noted).toEqual(['conditional: asked', 'conditional: AbortError', 'click: asked']);
});

test('a password that is typed ends nothing, and the suggestions end when the form is left', async ({ page, context, user }) => {
  const { device } = await setUp(page, user);
  await context.clearCookies();
  await device.agree(false);
  const noted = await noteRequests(page);
  await page.goto('/');
  await expect.poll(() => noted).toEqual(['conditional: asked']);
  await sendPassword(page, { ...user, password: 'wrong password' });
  await expect(alert(page, /do not match/)).toBeVisible();
  expect(noted).toEqual(['conditional: asked']);
  await sendPassword(page, user);
  await expect(page.getByRole('button', SECOND)).toBeVisible();
});

test('a challenge is renewed before it runs out, but not while nobody looks', async ({ page, context, user }) => {
  const { device } = await setUp(page, user);
  await context.clearCookies();
  await device.agree(false);
  const noted = await noteRequests(page);
  await page.clock.install();
  await page.addInitScript(() => {
    Object.assign(window, { isAway: false });
    Object.defineProperty(document, 'hidden', { get: () => (window as unknown as { isAway: boolean }).isAway });
  });
  const isAway = (away: boolean) => page.evaluate((isAway) => Object.assign(window, { isAway }).isAway, away);
  await page.goto('/');
  const round = ['conditional: asked', 'conditional: AbortError'];
  await expect.poll(() => noted).toEqual(['conditional: asked']);
  await page.clock.fastForward(230_000);
  expect(noted).toEqual(['conditional: asked']);
  await page.clock.fastForward(20_000);
  await expect.poll(() => noted).toEqual([...round, 'conditional: asked']);
  await isAway(true);
  await page.clock.fastForward(600_000);
  await isAway(false);
  expect(noted).toEqual([...round, 'conditional: asked']);
  await page.clock.fastForward(10_000);
  await expect.poll(() => noted).toEqual([...round, ...round, 'conditional: asked']);
});
