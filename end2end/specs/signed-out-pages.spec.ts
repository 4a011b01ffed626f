import type { Browser } from '@playwright/test';
import { wholeBrowser } from '../fixtures/chromium';
import { ForeignSite } from '../fixtures/foreign_site';
import { Person } from '../fixtures/person';
import { expect, test as base } from '../fixtures/test';
import { names } from '../fixtures/simulators';

/** A browser with the back-forward cache, which Playwright turns off by default. */
const test = base.extend<{ keepingBrowser: Browser }>({
  keepingBrowser: async ({ playwright }, use) => {
    const browser = await playwright.chromium.launch({
      ...wholeBrowser,
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    });
    await use(browser);
    await browser.close();
  },
});

/** Goes back. A page from the back-forward cache appears at once and loads nothing. */
async function goesBack(person: Person): Promise<void> {
  await person.page.goBack({ waitUntil: 'commit' });
}

async function expectNothingOf(person: Person, name: string): Promise<void> {
  await expect(person.page).toHaveURL(/\/oauth\/login/);
  await expect(person.page.locator('body')).not.toContainText(name);
}

test('back after signing out shows no private page', async ({ person }) => {
  await person.signsIn('google', 'minji');
  await person.goes('/me');
  await expect(person.page.locator('main')).toContainText(names.minji);
  await person.signsOut();
  await expect(person.page.locator('body')).not.toContainText(names.minji);
  await goesBack(person);
  await expectNothingOf(person, names.minji);
});

test('back after signing out on the main page greets nobody', async ({ person, program }) => {
  await person.signsIn('google', 'minji');
  await person.goes('/');
  await expect(person.page.getByRole('heading', { level: 1 })).toContainText(names.minji);
  await person.signsOut();
  await expect(person.page.getByRole('link', { name: '로그인하기' })).toBeVisible();
  await goesBack(person);
  await expect(person.page).toHaveURL(`${program.origin}/`);
  await expect(person.page.getByRole('link', { name: '로그인하기' })).toBeVisible();
  await expect(person.page.locator('body')).not.toContainText(names.minji);
});

test('the browser of the next two tests keeps pages', async ({ keepingBrowser }) => {
  const site = await ForeignSite.open();
  site.serve('/a', '<script>addEventListener("pageshow", (e) => { window.kept = e.persisted; });</script>');
  site.serve('/b', 'b');
  const page = await keepingBrowser.newPage();
  await page.goto(`${site.crossSite}/a`);
  await page.goto(`${site.crossSite}/b`);
  await page.goBack({ waitUntil: 'commit' });
  await expect.poll(() => page.evaluate('window.kept')).toBe(true);
  await site.close();
});

test('back after signing out shows no private page in a browser that keeps pages', async ({
  keepingBrowser,
  complaints,
  program,
}) => {
  const context = await keepingBrowser.newContext({ locale: 'ko-KR' });
  await complaints.watch(context);
  const person = new Person(await context.newPage(), program);
  await person.signsIn('google', 'minji');
  await person.goes('/me');
  await person.signsOut();
  await goesBack(person);
  await expectNothingOf(person, names.minji);
});

test('back to a page whose session another tab ended shows nothing private in a browser that keeps pages', async ({
  keepingBrowser,
  complaints,
  program,
}) => {
  const context = await keepingBrowser.newContext({ locale: 'ko-KR' });
  await complaints.watch(context);
  const person = new Person(await context.newPage(), program);
  await person.signsIn('google', 'minji');
  await person.goes('/me');
  await person.goes('/oauth/login');
  const other = await person.opensTab();
  await other.goes('/me');
  await other.signsOut();
  await goesBack(person);
  await expectNothingOf(person, names.minji);
});

test('s_cookie_8 a session that was not used for two weeks has ended', async ({ person, program }) => {
  await person.signsIn('kakao', 'minji');
  await person.goes('/me');
  await program.advanceClock('15d');
  await person.page.reload();
  await expectNothingOf(person, names.minji);
  expect(await person.session()).toBeNull();
});
