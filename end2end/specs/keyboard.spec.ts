import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test';
import type { Person } from '../fixtures/person';
import { names } from '../fixtures/simulators';
import { texts } from '../fixtures/texts';

type Focus = { name: string; width: number; style: string; contrast: number; inView: boolean };

/** The focused element, and how visible its focus is: WCAG 2.2 requires a contrast of 3 (SC 1.4.11, 2.4.7). */
async function focus(page: Page): Promise<Focus> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    const style = getComputedStyle(element);
    const luminance = (colour: string) => {
      const [red, green, blue] = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map((channel) => {
        const share = Number(channel) / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const paper = luminance(getComputedStyle(document.body).backgroundColor);
    const line = luminance(style.outlineColor);
    const box = element.getBoundingClientRect();
    return {
      name: element.innerText.trim(),
      width: Number.parseFloat(style.outlineWidth),
      style: style.outlineStyle,
      contrast: (Math.max(paper, line) + 0.05) / (Math.min(paper, line) + 0.05),
      // A scroll ends on a whole device pixel, so an edge may be a fraction of a pixel outside.
      inView: box.top >= -1 && box.left >= -1 && box.bottom <= innerHeight + 1 && box.right <= innerWidth + 1,
    };
  });
}

/** Presses Tab until the element with this text has the focus; every focus before it must be visible, too. */
async function tabsTo(page: Page, name: string): Promise<void> {
  const seen: string[] = [];
  while (seen.at(-1) !== name) {
    expect(seen.length, `no way to ${name} but ${seen.join(', ')}`).toBeLessThan(60);
    await page.keyboard.press('Tab');
    const at = await focus(page);
    expect(at.style, at.name).toBe('solid');
    expect(at.width, at.name).toBeGreaterThanOrEqual(2);
    expect(at.contrast, at.name).toBeGreaterThanOrEqual(3);
    // The browser scrolls in its next frame.
    const inView = async () => (await focus(page)).inView;
    await expect.poll(inView, { message: `${at.name} is in view` }).toBe(true);
    seen.push(at.name);
  }
}

/** On the provider's consent page: chooses with the arrow keys, and goes to the button with Tab. */
async function agreesByKeyboard(person: Person, downs: number): Promise<void> {
  const { page } = person;
  await page.keyboard.press('Tab');
  await expect(page.getByRole('radio').first()).toBeFocused();
  for (let pressed = 0; pressed < downs; pressed += 1) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await expect(page.getByTestId('cancel')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByTestId('agree')).toBeFocused();
  await page.keyboard.press('Enter');
}

for (const theme of ['light', 'dark'] as const) {
  test(`by keyboard alone from the main page to signed in, and out again (${theme})`, async ({ person, program }) => {
    const { page } = person;
    await page.emulateMedia({ colorScheme: theme });
    await person.goes('/');
    await tabsTo(page, texts.ko.home.sign_in);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/oauth\/login$/);
    await tabsTo(page, texts.ko.provider_buttons.naver);
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('agree')).toBeVisible();
    // The accounts are in the order haneul, junho, minji, nameless.
    await agreesByKeyboard(person, 1);
    await expect(page.getByRole('heading', { level: 1 })).toContainText(names.junho);

    await tabsTo(page, texts.ko.home.to_me);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(`${program.origin}/me`);
    await tabsTo(page, texts.ko.common.sign_out);
    await page.keyboard.press('Space');
    await expect(page).toHaveURL(`${program.origin}/`);
    expect(await person.session()).toBeNull();
  });
}

test('the first stop of a page skips to its content', async ({ person }) => {
  const { page } = person;
  for (const [path, next] of [
    ['/', texts.ko.home.sign_in],
    ['/oauth/login', texts.ko.provider_buttons.google],
    ['/nowhere', texts.ko.home.back],
  ]) {
    await person.goes(path);
    await tabsTo(page, texts.ko.common.skip_to_content);
    await page.keyboard.press('Enter');
    await expect(page.locator('main')).toBeFocused();
    await page.keyboard.press('Tab');
    expect((await focus(page)).name).toBe(next);
  }
});

test('the language changes by keyboard', async ({ person }) => {
  await person.goes('/oauth/login');
  await tabsTo(person.page, 'English');
  await person.page.keyboard.press('Enter');
  await expect(person.page.locator('html')).toHaveAttribute('lang', 'en');
});

test('every focus is visible on a phone as well', async ({ person }) => {
  await person.page.setViewportSize({ width: 320, height: 568 });
  await person.signsIn('google', 'minji');
  for (const path of ['/', '/oauth/login', '/me', '/me/sessions']) {
    await person.goes(path);
    await tabsTo(person.page, 'English');
  }
});
