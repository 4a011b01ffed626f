import { expect, test } from '../fixtures/test';
import type { Page } from '@playwright/test';
import { ownPages, prepare, scenes, speaks } from '../fixtures/scenes';
import { languages } from '../fixtures/texts';

/** 1280 px at 400 % (WCAG 2.2, SC 1.4.10). */
const NARROW = { width: 320, height: 568 };

/** What stands out of the page to the right, if anything. */
async function overhang(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll('body *')].filter((element) => {
      const { right, width: own } = element.getBoundingClientRect();
      return own > 0 && right > width + 0.5;
    });
    const scrolls = document.scrollingElement !== null && document.scrollingElement.scrollWidth > width;
    return [
      ...(scrolls ? ['the page scrolls sideways'] : []),
      ...wide.map((element) => element.outerHTML.slice(0, 120)),
    ];
  });
}

for (const scene of scenes) {
  test(`${scene.name} does not scroll sideways at 320 px`, async ({ person, program }) => {
    await person.page.setViewportSize(NARROW);
    const path = await prepare(person, program, scene);
    for (const language of languages) {
      await speaks(person, program, language);
      await person.goes(path);
      expect.soft(await overhang(person.page), language).toEqual([]);
    }
  });
}

test('the longest names and addresses fit as well', async ({ person, program }) => {
  await program.simulators.google.putUser('long', {
    id: '109999999999999999999',
    nickname: 'W'.repeat(30),
    email: `${'m'.repeat(64)}@${'w'.repeat(60)}.example`,
    email_verified: true,
  });
  await person.page.setViewportSize(NARROW);
  await person.signsIn('google', 'long');
  for (const path of ['/', '/oauth/login', '/signup', ...ownPages]) {
    await person.goes(path);
    expect.soft(await overhang(person.page), path).toEqual([]);
  }
  await program.simulators.google.deleteUser('long');
});

test('text at twice its size stays within the page and within its buttons', async ({ person }) => {
  await person.signsIn('google', 'minji');
  for (const path of ['/', '/oauth/login', '/signup', ...ownPages]) {
    await person.page.setViewportSize({ width: 640, height: 800 });
    await person.goes(path);
    await person.page.evaluate(() => {
      document.documentElement.style.fontSize = '200%';
    });
    expect.soft(await overhang(person.page), path).toEqual([]);
    const cut = await person.page
      .locator('button, a.button')
      .evaluateAll((elements) =>
        elements
          .filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight + 2)
          .map((element) => element.outerHTML.slice(0, 120)),
      );
    expect.soft(cut, path).toEqual([]);
  }
});

test('what one taps is at least 24 px high and wide on a phone, and buttons 44 px', async ({ person }) => {
  await person.page.setViewportSize({ width: 390, height: 844 });
  await person.signsIn('google', 'minji');
  for (const path of ['/', '/oauth/login', '/signup', '/password/reset', ...ownPages, '/nowhere']) {
    await person.goes(path);
    for (const target of await person.page.locator('a:not(.skip):visible, button:visible').all()) {
      const box = await target.boundingBox();
      const name = `${await target.innerText()} on ${path}`;
      expect.soft(Math.min(box?.height ?? 0, box?.width ?? 0), name).toBeGreaterThanOrEqual(24);
      expect.soft(box?.height ?? 0, name).toBeGreaterThanOrEqual(44);
    }
  }
});
