import { expect, test } from '../fixtures/test';
import { names } from '../fixtures/simulators';
import { texts } from '../fixtures/texts';

/** The limit in bytes before compression, without the style sheet: it is the first page that people load, and has no picture. */
const LIMIT = 5 * 1024;

const { home, navigation, security, sessions, history, me } = texts.ko;

test('the main page says what it is for and leads to the login page, without script or picture', async ({
  person,
  program,
}) => {
  const { page } = person;
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  const answer = await page.goto(`${program.origin}/`);
  const html = (await answer?.text()) ?? '';
  const style = /<style>[^<]+<\/style>/.exec(html)?.[0] ?? '';
  expect(style, 'a first visit has the style sheet in the page').not.toBe('');
  expect(loaded.filter((path) => path.endsWith('.css'))).toEqual([]);
  await expect(page.locator('.home'), 'and the page may use it').toHaveCSS('display', /grid|flex/);
  expect(Buffer.byteLength(html.replace(style, ''))).toBeLessThan(LIMIT);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(home.heading);
  for (const point of [home.account_more, home.devices_more, home.history_more]) {
    await expect(page.getByRole('listitem').filter({ hasText: point })).toBeVisible();
  }
  expect(loaded.filter((path) => !/^\/$|\.css$|favicon/.test(path))).toEqual([]);
  await page.getByRole('link', { name: '로그인하기' }).click();
  await expect(page).toHaveURL(`${program.origin}/oauth/login`);
});

test('what one comes for is in view at once, on a phone too', async ({ person }) => {
  const { page } = person;
  await page.setViewportSize({ width: 390, height: 664 });
  await person.goes('/');
  for (const item of [page.locator('.front_gate'), page.getByRole('heading', { level: 1 })]) await expect(item).toBeInViewport();
  await expect(page.getByRole('link', { name: home.sign_in })).toBeInViewport({ ratio: 1 });
});

test('a member sees who they are and where they can go', async ({ person, program }) => {
  const { page } = person;
  await person.signsIn('google', 'minji');
  const ways = [
    [home.to_me, '/me', me.heading],
    [navigation.security, '/me/security', security.heading],
    [navigation.devices, '/me/sessions', sessions.heading],
    [navigation.history, '/me/history', history.heading],
  ];
  for (const [name, path, heading] of ways) {
    await person.goes('/');
    await expect(page.getByRole('heading', { level: 1 })).toContainText(names.minji);
    await expect(page.locator('main .avatar')).toBeVisible();
    await page.locator('main').getByRole('link', { name }).click();
    await expect(page).toHaveURL(program.origin + path);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
  }
  await person.goes('/');
  await person.signsOut();
  await expect(page.getByRole('link', { name: home.sign_in })).toBeVisible();
});
