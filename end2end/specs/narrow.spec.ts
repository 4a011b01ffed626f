import { expect, test } from '../fixtures/test';
import { NARROW, overhang } from '../fixtures/overhang';
import { ownPages } from '../fixtures/scenes';

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
      .locator('button, summary, a.button')
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
    // Found and measured in one step: an island that comes alive between two puts others in their place.
    const targets = await person.page.evaluate(() =>
      [...document.querySelectorAll('a:not(.skip), button, summary')]
        .filter((element) => element.checkVisibility({ visibilityProperty: true }))
        .map((element) => {
          const { width, height } = element.getBoundingClientRect();
          return { name: element.textContent, width, height };
        }),
    );
    expect.soft(targets.length, path).toBeGreaterThan(0);
    for (const { name, width, height } of targets) {
      expect.soft(Math.min(width, height), `${name} on ${path}`).toBeGreaterThanOrEqual(24);
      expect.soft(height, `${name} on ${path}`).toBeGreaterThanOrEqual(44);
    }
  }
});
