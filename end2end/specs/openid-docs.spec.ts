import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { configuration, example } from '../fixtures/docs';
import { freePorts } from '../fixtures/program';
import { names } from '../fixtures/simulators';
import { expect, test } from '../fixtures/test';

// Runs the example of docs/openid-provider.md as it is written.

test.use({ config: configuration('openid-provider.md', 'An app in ten lines') });

test('the app in ten lines signs a person in with Auth.js', async ({ person, program }) => {
  const [port] = await freePorts(1);
  const app = spawn('node', [example('node/app.mjs')], {
    env: { ...process.env, DAEMUN: program.origin, PORT: `${port}`, AUTH_SECRET: 'of this test alone, and long enough' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const { page } = person;
    const [origin] = await createInterface(app.stdout)[Symbol.asyncIterator]().next().then(({ value }) => [value]);
    await page.goto(origin);
    await page.getByRole('link', { name: '로그인' }).click();
    await page.getByRole('button', { name: /Daemun/ }).click();
    await expect(page).toHaveURL(/\/oauth\/login\?/);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('포털');
    await person.presses('google');
    await page.getByTestId('user-minji').check();
    await page.getByTestId('agree').click();
    await page.waitForURL((url) => url.origin === origin);
    await page.goto(origin);
    await expect(page.locator('body')).toHaveText(`안녕하세요, ${names.minji}님`);
    expect((await person.session())?.user.name, 'both know who it is').toBe(names.minji);
  } finally {
    app.kill();
  }
});
