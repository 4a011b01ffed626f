import { resolve } from 'node:path';
import { expect, test } from '../fixtures/test';
import { looks, prepare, scenes, show } from '../fixtures/scenes';

const folder = resolve(__dirname, '../screenshots');

for (const scene of scenes) {
  test(`pictures of ${scene.name}`, async ({ person, program }) => {
    test.setTimeout(60_000);
    const path = await prepare(person, program, scene);
    for (const look of looks) {
      await show(person, program, { ...scene, path }, look);
      await expect(person.page.locator('main')).toBeVisible();
      const name = `${scene.name}-${look.device}-${look.theme}-${look.language}.png`;
      await person.page.screenshot({ path: resolve(folder, name), fullPage: true, animations: 'disabled' });
    }
  });
}
