import { isWatching, QUESTION } from '../fixtures/alive';
import { wholeBrowser } from '../fixtures/chromium';
import { Person } from '../fixtures/person';
import { expect, test } from '../fixtures/test';
import { names } from '../fixtures/simulators';
import { texts } from '../fixtures/texts';

/** The events of a browser when somebody looks at a page again. */
const looks = {
  focus: () => window.dispatchEvent(new Event('focus')),
  visibilitychange: () => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })),
  pageshow: () => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })),
};

for (const look of Object.keys(looks) as (keyof typeof looks)[]) {
  test(`a page whose session another tab ended is left when it is looked at again (${look})`, async ({ person }) => {
    await person.signsIn('google', 'minji');
    await person.goes('/me');
    await isWatching(person.page);
    const other = await person.opensTab();
    await other.goes('/me');
    await other.signsOut();

    await person.page.evaluate(looks[look]);
    await expect(person.page).toHaveURL(/\/oauth\/login\?error=session_ended/);
    await expect(person.page.getByRole('alert')).toHaveText(texts.ko.sign_in_errors.session_ended);
    await expect(person.page.locator('body')).not.toContainText(names.minji);
  });
}

test('a real change of tabs is noticed', async ({ complaints, playwright, program }) => {
  const browser = await playwright.chromium.launch(wholeBrowser);
  const context = await browser.newContext({ locale: 'ko-KR' });
  await complaints.watch(context);
  const person = new Person(await context.newPage(), program);
  await person.signsIn('naver', 'junho');
  await person.goes('/me');
  await isWatching(person.page);
  const other = await person.opensTab();
  // Playwright gives every tab the focus; in a real browser only one has it.
  for (const { page } of [person, other]) {
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setFocusEmulationEnabled', { enabled: false });
  }
  await other.page.bringToFront();
  await other.goes('/me');
  await other.signsOut();
  await person.page.bringToFront();
  await expect(person.page).toHaveURL(/\/oauth\/login\?error=session_ended/);
  await browser.close();
});

test('the page that was left is not behind the back button, and the login leads back to it', async ({
  person,
  program,
}) => {
  await person.signsIn('google', 'minji');
  await person.goes('/oauth/login');
  await person.goes('/me');
  await isWatching(person.page);
  await person.page.context().clearCookies({ name: 'daemun' });
  await person.page.evaluate(looks.focus);
  await expect(person.page).toHaveURL(/error=session_ended/);
  await person.presses('kakao');
  await person.agreesAs('haneul');
  await expect(person.page).toHaveURL(`${program.origin}/me`);
  await expect(person.page.locator('main')).toContainText(names.haneul);
});

test('a page of somebody else than who is signed in now is drawn again for them', async ({ person }) => {
  await person.signsIn('google', 'minji');
  await person.goes('/me');
  await isWatching(person.page);
  const other = await person.opensTab();
  await other.signsIn('kakao', 'haneul');
  await person.page.evaluate(looks.focus);
  await expect(person.page.locator('main')).toContainText(names.haneul);
  await expect(person.page).toHaveURL(/\/me$/);
  await expect(person.page.locator('body')).not.toContainText(names.minji);
});

test('looking again at a page whose session lives changes nothing', async ({ person }) => {
  await person.signsIn('google', 'minji');
  await person.goes('/me');
  await isWatching(person.page);
  await person.page.evaluate(() => {
    document.title = 'untouched';
  });
  for (const look of Object.values(looks)) {
    const answered = person.page.waitForResponse(`**${QUESTION}`);
    await person.page.evaluate(look);
    await answered;
  }
  await expect(person.page).toHaveTitle('untouched');
});

for (const [outage, status] of [
  ['no connection', 0],
  ['the server cannot say', 503],
] as const) {
  test(`an outage signs nobody out of an open page (${outage})`, async ({ person }) => {
    await person.signsIn('google', 'minji');
    await person.goes('/me');
    await isWatching(person.page);
    await person.page.route(`**${QUESTION}`, (route) => (status === 0 ? route.abort() : route.fulfill({ status })));
    const asked = person.page.waitForRequest(`**${QUESTION}`);
    await person.page.evaluate(looks.focus);
    await (await asked).response();
    await person.page.unroute(`**${QUESTION}`);
    await isWatching(person.page);
    await expect(person.page).toHaveURL(/\/me$/);
    await expect(person.page.locator('main')).toContainText(names.minji);
  });
}
