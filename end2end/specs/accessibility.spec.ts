import { expect, test } from '../fixtures/test';
import { ownPages } from '../fixtures/scenes';
import { providerNames } from '../fixtures/simulators';

/** Red, green and blue, from 0 to 1, of a computed colour over another one. */
function channels(colour: string, below: number[]): number[] {
  const [red = 0, green = 0, blue = 0, opacity = 1] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return [red, green, blue].map((value, at) => (value / 255) * opacity + (below[at] ?? 1) * (1 - opacity));
}

/** The contrast of two computed colours (WCAG 2.2, relative luminance). */
function contrast(text: string, ground: string): number {
  const below = channels(ground, [1, 1, 1]);
  const [one = 0, other = 0] = [channels(text, below), below].map((colour) => {
    const [red = 0, green = 0, blue = 0] = colour.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

test('every page has a title of its own, one main heading, and the landmarks', async ({ person, program }) => {
  await person.signsIn('google', 'minji');
  const titles = new Set<string>();
  const paths = [
    ...['/', '/oauth/login', '/signup', '/email/verify', '/email/change', '/password/forgot', '/password/reset'],
    ...ownPages,
    '/oauth/prove?return_to=/me',
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

test('the provider buttons are equal in size and weight, and their labels can be read', async ({ newPerson }) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const person = await newPerson({ colorScheme });
    await person.goes('/oauth/login');
    const buttons = await person.page.locator('.provider__button').evaluateAll((elements) =>
      elements.map((element) => {
        const { fontSize, fontWeight, borderRadius, color, backgroundColor } = getComputedStyle(element);
        const { width, height } = element.getBoundingClientRect();
        return { look: { width, height, borderRadius, fontSize, fontWeight }, color, backgroundColor };
      }),
    );
    expect(buttons).toHaveLength(providerNames.length);
    for (const { look, color, backgroundColor } of buttons) {
      expect(look).toEqual(buttons[0]?.look);
      // WCAG 2.2, SC 1.4.3: bold text of 14 pt is large.
      const isLarge = Number.parseFloat(look.fontSize) >= (14 * 96) / 72 - 0.01 && Number(look.fontWeight) >= 700;
      expect(contrast(color, backgroundColor)).toBeGreaterThanOrEqual(isLarge ? 3 : 4.5);
    }
  }
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
