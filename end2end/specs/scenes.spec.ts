import { findings } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { NARROW, overhang } from '../fixtures/overhang';
import { picture } from '../fixtures/pictures';
import { hasIslands, looks, notices, prepare, scenes, show, speaks } from '../fixtures/scenes';
import { languages } from '../fixtures/texts';

// To reach a scene takes longer than to check it, so one test checks everything that all scenes have in common.
for (const scene of scenes) {
  test(`${scene.name}: axe finds nothing, it fits 320 px, and loads what it needs`, async ({ person, program }) => {
    const { page } = person;
    const path = await prepare(person, program, scene);
    // Ends the requests of the earlier page.
    await page.goto('about:blank');
    const loaded: URL[] = [];
    page.on('request', (request) => loaded.push(new URL(request.url())));
    const found: string[] = [];
    for (const look of looks) {
      const name = `${look.device}-${look.theme}-${look.language}`;
      await show(person, program, { ...scene, path }, look);
      await expect(page.locator('main')).toBeVisible();
      found.push(...(await findings(page)).map((finding) => `${name}: ${finding}`));
      await picture(page, `${scene.name}-${name}`);
      await page.setViewportSize(NARROW);
      found.push(...(await overhang(page)).map((element) => `${name} at 320 px: ${element}`));
    }
    expect(found).toEqual([]);
    const strangers = loaded.filter(({ origin, protocol }) => origin !== program.origin && protocol !== 'data:');
    expect(strangers, 'nothing comes from elsewhere').toEqual([]);
    // The error page has none.
    await expectScripts(loaded, scene.status !== 404 && hasIslands(path));
  });
}

test('every notice of the login page is there in both languages, and fits 320 px', async ({ person, program }) => {
  const { page } = person;
  await page.setViewportSize(NARROW);
  for (const language of languages) {
    await speaks(person, program, language);
    const said = new Set<string>();
    for (const code of notices) {
      await person.goes(`/oauth/login?error=${code}`);
      said.add((await page.getByRole('alert').textContent()) ?? '');
      expect(await overhang(page), `${code} in ${language}`).toEqual([]);
    }
    expect(said.size, 'each says something else').toBe(notices.length);
  }
});

/** A page loads the script and WASM of islands if and only if it has islands. The small script of passkeys is not counted. */
async function expectScripts(all: URL[], islands: boolean): Promise<void> {
  const loaded = all.filter(({ pathname }) => !pathname.endsWith('_passkeys.js'));
  const kinds = () => [
    ...new Set(loaded.map(({ pathname }) => /\.(wasm|m?js)$/.exec(pathname)?.[1]).filter((kind) => kind !== undefined)),
  ];
  if (islands) await expect.poll(() => kinds().sort()).toEqual(['js', 'wasm']);
  else expect(kinds()).toEqual([]);
}
