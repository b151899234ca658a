// The set-up dialog: what is on screen without scrolling, on a desktop and on a phone, and that nothing moves.

import type { Page } from '@playwright/test';
import { Authenticator, expect, test, type User } from './fixtures.js';

const CODE = 'Enter the new 6-digit code from the app';

/** How far the content of the page has moved by itself so far (CLS). */
async function shift(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let sum = 0;
        const observer = new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) sum += (entry as unknown as { value: number }).value;
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
  await page.getByRole('button', { name: 'Log in' }).click();
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
  await page.getByRole('button', { name: 'Log out' }).click();
  await logIn(page, user);
  await expect(page.getByText(`it shows for ${totp.issuer}, ${totp.label}.`)).toBeVisible();
});
