// The set-up dialog: what is on screen without scrolling, on a desktop and on a phone, and that nothing moves.

import type { Page } from '@playwright/test';
import { Secret } from 'otpauth';
import { Authenticator, expect, expectAccessible, saveRecoveryCodes, test, type User } from './fixtures.js';

const CODE = 'Enter the new 6-digit code from the app';

/** How far the content of the page has moved by itself so far (CLS). */
async function shift(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        const observer = new PerformanceObserver((list) => {
          const entries = list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[];
          // Typed digits move within their field.
          for (const { value, hadRecentInput } of entries) if (!hadRecentInput) sum += value;
        });
        observer.observe({ type: 'layout-shift', buffered: true });
        setTimeout(() => resolve(sum), 500);
      }),
  );
}

/** Every file and answer takes a while, as on a slow network. */
async function slowly(page: Page): Promise<void> {
  await page.route('**/*', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.continue();
  });
}

async function logIn(page: Page, user: User): Promise<void> {
  await page.goto('/');
  await page.getByLabel('E-mail').fill(user.email);
  await page.getByLabel('Password', { exact: true }).fill(user.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

async function toSetUp(page: Page, user: User): Promise<void> {
  await logIn(page, user);
  await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeFocused();
}

/** The key, the code field and its button are on screen without scrolling. */
async function fits(page: Page): Promise<void> {
  for (const part of [page.getByRole('group', { name: 'Security key' }), page.getByLabel(CODE)]) {
    await expect(part).toBeInViewport({ ratio: 1 });
  }
  expect(await page.evaluate(() => scrollY)).toBe(0);
}

const sizes = {
  desktop: { viewport: { width: 1280, height: 650 } },
  phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
};

for (const [size, options] of Object.entries(sizes)) {
  test.describe(size, () => {
    test.use(options);

    test('set-up fits the screen as far as the code', async ({ page, user, picture }) => {
      await toSetUp(page, user);
      await fits(page);
      await picture(`set-up-at-once-${size}`);
    });

    test('nothing moves from the log-in to the end of set-up, on a slow network', async ({ page, user }) => {
      test.slow();
      await slowly(page);
      await toSetUp(page, user);
      expect(await shift(page), 'set-up').toBe(0);
      const app = new Authenticator(await page.getByRole('group', { name: 'Security key' }).innerText());
      await page.getByLabel(CODE).pressSequentially(await app.freshCode());
      await page.keyboard.press('Enter');
      await expect(page.getByRole('heading', { name: 'Save your recovery codes' })).toBeFocused();
      expect(await shift(page), 'recovery codes').toBe(0);
      await saveRecoveryCodes(page);
      await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
      expect(await shift(page), 'logged in').toBe(0);
      await page.getByRole('button', { name: 'Log out' }).click();
      await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
      await logIn(page, user);
      await expect(page.getByLabel('One-time code')).toBeFocused();
      expect(await shift(page), 'code').toBe(0);
    });
  });
}

test.describe('touch', () => {
  test.use(sizes.phone);

  test('on a touch device the app is opened by a button, and the QR code is folded', async ({ page, user }) => {
    await toSetUp(page, user);
    const key = (await page.getByRole('group', { name: 'Security key' }).innerText()).replaceAll(/\s/g, '');
    const open = page.getByRole('link', { name: 'Open in an app' });
    await expect(open).toHaveAttribute('href', new RegExp(`^otpauth://totp/Postern:.*secret=${key}&`));
    const qr = page.getByRole('img', { name: /QR code/ });
    await expect(qr).toBeHidden();
    await page.getByText('Show the QR code').click();
    await expect(qr).toBeVisible();
    const { app } = await Authenticator.scan(await page.screenshot({ fullPage: true }));
    expect(app.key).toBe(key);
  });
});

test('set-up and the code screen name the entry as the phone shows it', async ({ page, user }) => {
  await toSetUp(page, user);
  const { app, totp } = await Authenticator.scan(await page.screenshot({ fullPage: true }));
  await page.getByLabel(CODE).pressSequentially(await app.freshCode());
  await page.keyboard.press('Enter');
  await saveRecoveryCodes(page);
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await logIn(page, user);
  await expect(page.getByText(`it shows for ${totp.issuer}, ${totp.label}.`)).toBeVisible();
});

/** Enters a code, and waits for the reason why it is refused. */
async function isRefused(page: Page, code: string, reason: RegExp): Promise<void> {
  await page.getByLabel(CODE).pressSequentially(code);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert').filter({ hasText: reason })).toBeVisible();
}

async function keyOf(page: Page): Promise<Authenticator> {
  return new Authenticator(await page.getByRole('group', { name: 'Security key' }).innerText());
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** Enters the right code. */
async function succeeds(page: Page, app: Authenticator): Promise<void> {
  await page.getByLabel(CODE).pressSequentially(await app.freshCode());
  await page.keyboard.press('Enter');
  await saveRecoveryCodes(page);
  await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
}

test('the screen says by how much a phone’s clock is wrong, or that a code was entered late', async ({ page, user, picture }) => {
  await toSetUp(page, user);
  const app = await keyOf(page);
  await isRefused(page, await app.codeAt(now() + 300), /phone’s clock is about [45] minutes fast/);
  await isRefused(page, await app.codeAt(now() - 180), /phone’s clock is about [34] minutes slow. Turn on automatic date and time/);
  await expectAccessible(page);
  await picture('set-up-phone-clock');
  await isRefused(page, await app.codeAt(now() - 75), /code is from about [12] minutes? ago/);
  await succeeds(page, app);
});

test('if this device agrees with the phone, the screen says that the server’s clock is wrong', async ({ page, user, picture }) => {
  await page.clock.setFixedTime(new Date(Date.now() + 600_000));
  await toSetUp(page, user);
  const app = await keyOf(page);
  await isRefused(page, await app.codeAt(now() + 600), /server’s clock seems to be about (9|10|11) minutes slow.* Tell the operator/);
  await expect(page.getByText('The clock of this device shows')).toBeHidden();
  await picture('set-up-server-clock');
});

test('after a reset the code of the old entry is recognised', async ({ page, portal, user, picture }) => {
  await toSetUp(page, user);
  const old = await keyOf(page);
  await succeeds(page, old);
  await portal.cli('user', 'reset-2fa', user.email);
  await page.context().clearCookies();
  await toSetUp(page, user);
  const app = await keyOf(page);
  await isRefused(page, await old.codeAt(now()), /comes from the old entry in your app. Delete that entry/);
  await picture('set-up-old-entry');
  await succeeds(page, app);
});

test('an app with another algorithm, period or number of digits is recognised', async ({ page, user, picture }) => {
  await toSetUp(page, user);
  const app = await keyOf(page);
  await isRefused(page, await app.codeAt(now(), ['--totp', '--time-step-size=60s']), /every 60 seconds/);
  await isRefused(page, await app.codeAt(now(), ['--totp=SHA256']), /another algorithm, SHA-256 or SHA-512/);
  await picture('set-up-algorithm');
  const eight = await app.codeAt(now(), ['--totp', '--digits=8']);
  await isRefused(page, eight.slice(0, 6), /shows 8 digits/);
  await isRefused(page, eight, /shows 8 digits/);
  await expect(page.getByLabel(CODE)).toBeFocused();
  await page.getByLabel(CODE).clear();
  await succeeds(page, app);
});

test('a key that the app has not read as Base32 is recognised', async ({ page, user }) => {
  await toSetUp(page, user);
  const { key } = await keyOf(page);
  const app = new Authenticator(Secret.fromUTF8(key.replaceAll(/\s/g, '')).base32);
  await isRefused(page, await app.codeAt(now()), /security key was entered wrongly/);
});
