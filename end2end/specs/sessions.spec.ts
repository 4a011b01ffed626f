import { Applicant } from '../fixtures/applicant';
import { expect, test } from '../fixtures/test';
import { texts } from '../fixtures/texts';

const entries = 'ul.sessions > li';

test('a session in another browser is listed, ended, and gone from that browser', async ({ person, newPerson }) => {
  const elsewhere = await newPerson();
  await elsewhere.signsIn('kakao', 'junho');
  await elsewhere.goes('/me');
  await person.signsIn('kakao', 'junho');
  await person.goes('/me');
  await person.entry(texts.ko.navigation.devices).click();
  const list = person.page.locator(entries);
  await expect(list).toHaveCount(2);
  await expect(list.filter({ hasText: texts.ko.sessions.this_browser })).toHaveCount(1);
  await list.getByRole('button').click();
  await expect(person.page).toHaveURL(/\/me\/sessions$/);
  await expect(list).toHaveCount(1);

  // The open page there notices when it gets the focus.
  await elsewhere.page.evaluate(() => window.dispatchEvent(new Event('focus')));
  await expect(elsewhere.page).toHaveURL(/error=session_ended/);
  expect(await person.session()).not.toBeNull();
});

for (const javaScriptEnabled of [true, false]) {
  test(`all others are ended with one button, scripting ${javaScriptEnabled ? 'on' : 'off'}`, async ({ newPerson }) => {
    const [first, second, person] = [await newPerson(), await newPerson(), await newPerson({ javaScriptEnabled })];
    for (const somebody of [first, second, person]) await somebody.signsIn('google', 'haneul');
    await person.goes('/me/sessions');
    await person.page.getByRole('button', { name: texts.ko.sessions.end_others }).click();
    await expect(person.page.locator(entries)).toHaveCount(1);
    await expect(person.page.locator('main')).toContainText(texts.ko.sessions.only_here);
    expect([await first.session(), await second.session()]).toEqual([null, null]);
    expect(await person.session()).not.toBeNull();
  });
}

test('everywhere means this browser too', async ({ person, newPerson }) => {
  const elsewhere = await newPerson();
  await elsewhere.signsIn('naver', 'minji');
  await person.signsIn('naver', 'minji');
  await person.goes('/me/sessions');
  await person.page.getByRole('button', { name: texts.ko.common.sign_out_everywhere }).click();
  await expect(person.page).toHaveURL(/\/$/);
  expect([await person.session(), await elsewhere.session()]).toEqual([null, null]);
});

test('an app is listed, and ended with its button', async ({ person, program }) => {
  const somebody = new Applicant(person, program);
  await somebody.becomesAMember();
  const token = await somebody.signsAnAppIn();
  await person.goes('/me/sessions');
  await expect(person.page.locator(entries)).toHaveCount(2);
  await expect(person.page.getByRole('heading', { name: texts.ko.sessions.app, exact: true })).toBeVisible();
  await person.page.getByRole('button', { name: texts.ko.sessions.end_app }).click();
  await expect(person.page.getByRole('button', { name: texts.ko.sessions.end_app })).toHaveCount(0);
  const answer = await fetch(`${program.address}/auth/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refresh_token: token }),
  });
  expect(answer.status).toBe(401);
  expect(await person.session()).not.toBeNull();
});
