import { expect, test } from '../fixtures/test';
import { names } from '../fixtures/simulators';

for (const order of ['in the order of their start', 'the other way round'] as const) {
  test(`two tabs with two providers finish ${order}: both work, the last one counts`, async ({ person, program }) => {
    const other = await person.opensTab();
    await person.leavesFor('google');
    await other.leavesFor('naver');
    const logins = [
      { tab: person, user: 'minji' as const },
      { tab: other, user: 'junho' as const },
    ];
    if (order === 'the other way round') logins.reverse();
    for (const { tab, user } of logins) {
      await tab.agreesAs(user);
      await expect(tab.page).toHaveURL(`${program.origin}/`);
      await expect(tab.page.getByRole('heading', { level: 1 })).toContainText(names[user]);
      expect((await tab.session())?.user.name).toBe(names[user]);
    }
    const last = logins[1];
    for (const { tab } of logins) {
      await tab.goes('/me');
      await expect(tab.page.locator('main')).toContainText(names[last.user]);
    }
  });
}

test('two tabs with the same provider both sign in', async ({ person }) => {
  const other = await person.opensTab();
  await person.leavesFor('kakao');
  await other.leavesFor('kakao');
  await other.agreesAs('haneul');
  await person.agreesAs('haneul');
  expect((await person.session())?.user.name).toBe(names.haneul);
});

test('one tab cancels, the other one signs in', async ({ person }) => {
  const other = await person.opensTab();
  await person.leavesFor('google');
  await other.leavesFor('kakao');
  await person.cancels();
  await other.agreesAs('minji');
  expect((await other.session())?.user.name).toBe(names.minji);
});

test('ten logins are under way in one browser, and each of them ends well', async ({ person }) => {
  const tabs = [person];
  while (tabs.length < 10) tabs.push(await person.opensTab());
  for (const tab of tabs) {
    await tab.goes('/oauth/login');
    await tab.presses('google');
  }
  for (const tab of tabs.toReversed()) {
    await tab.agreesAs('minji');
    await expect(tab.page.getByRole('heading', { level: 1 })).toContainText(names.minji);
  }
});

test('s_up_2 a login that another browser began is not finished here', async ({ person, newPerson, program }) => {
  const attacker = await newPerson();
  await attacker.leavesFor('google');
  // The attacker does not open the callback, and sends its address to somebody else.
  const callback = attacker.page.waitForRequest((request) => request.url().startsWith(program.redirectUri('google')));
  await attacker.page.route(`${program.redirectUri('google')}**`, (route) => route.abort());
  await attacker.page.getByTestId('user-junho').check();
  await attacker.page
    .getByTestId('agree')
    .click()
    .catch(() => undefined);
  const url = (await callback).url();

  await person.leavesFor('google');
  const response = await person.page.goto(url);
  expect(response?.status()).toBe(400);
  expect(await person.session()).toBeNull();
});
