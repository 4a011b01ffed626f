import { expect, test } from '../fixtures/test';
import { ownPages } from '../fixtures/scenes';

test('every page has a title of its own, one main heading, and the landmarks', async ({ person, program }) => {
  await person.signsIn('google', 'minji');
  const titles = new Set<string>();
  const paths = [
    ...['/', '/oauth/login', '/signup', '/email/verify', '/email/change', '/password/forgot', '/password/reset'],
    ...ownPages,
    '/nowhere',
  ];
  for (const path of paths) {
    await person.goes(path);
    titles.add(await person.page.title());
    await expect(person.page.getByRole('heading', { level: 1 })).toHaveCount(1);
    for (const landmark of ['main', 'banner', 'contentinfo'] as const) {
      await expect(person.page.getByRole(landmark), `${landmark} of ${path}`).toHaveCount(1);
    }
  }
  expect(titles.size).toBe(paths.length);
  expect(person.page.url()).toContain(program.origin);
});

test('with reduced motion nothing moves', async ({ newPerson }) => {
  const person = await newPerson({ reducedMotion: 'reduce' });
  for (const path of ['/', '/oauth/login']) {
    await person.goes(path);
    const moving = await person.page.locator('body *').evaluateAll(
      (elements) =>
        elements.filter((element) => {
          const style = getComputedStyle(element);
          return style.animationName !== 'none' || style.transitionDuration !== '0s';
        }).length,
    );
    expect(moving).toBe(0);
  }
});
