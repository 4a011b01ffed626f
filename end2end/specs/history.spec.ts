import { Applicant } from '../fixtures/applicant';
import { expect, test } from '../fixtures/test';
import { texts } from '../fixtures/texts';

const lines = 'ol.entries > li';

test('what happened is there with what was tried, newest first', async ({ newPerson, program }) => {
  const person = await newPerson({ javaScriptEnabled: false });
  const { page } = person;
  const somebody = new Applicant(person, program);
  await somebody.asksForAnAccount();
  await somebody.proves('code');
  const stranger = await newPerson();
  await stranger.goes('/oauth/login');
  const guess = stranger.page.locator('form[action="/api/auth/signin/password"]');
  await guess.locator('input[name=email]').fill(somebody.email);
  await guess.locator('input[name=password]').fill('아무도 고르지 않은 비밀번호');
  await guess.locator('button').click();
  await expect(stranger.page.getByRole('alert')).toBeVisible();
  await somebody.signsIn();
  await person.goes('/me/security');
  await person.entry(texts.ko.navigation.history).click();
  const list = page.locator(lines);
  await expect(list).toHaveCount(4);
  await expect(list.nth(0)).toContainText(`${texts.ko.history.sign_in} · ${texts.ko.providers.password}`);
  await expect(list.nth(0)).not.toContainText(texts.ko.history.failed);
  await expect(list.nth(1)).toContainText(texts.ko.history.failed);
  await expect(list.nth(2)).toContainText(texts.ko.history.email_confirmed);
  await expect(list.nth(3)).toContainText(texts.ko.history.sign_up);
  await expect(list.nth(0)).toContainText('Chrome');
  await expect(list.nth(0)).toContainText(texts.ko.devices.this_machine);
});

test('older lines are on the next page, and nobody sees those of others', async ({ person, newPerson, program }) => {
  const { page } = person;
  const somebody = new Applicant(person, program);
  await somebody.becomesAMember();
  for (let change = 0; change < 29; change += 1) {
    const answer = await page.context().request.post(`${program.origin}/api/users/me`, {
      headers: { origin: program.origin },
      form: { nickname: somebody.nickname, greeting: `${change}` },
      maxRedirects: 0,
    });
    expect(answer.status()).toBe(303);
  }
  await person.goes('/me/history');
  await expect(page.locator(lines)).toHaveCount(30);
  await page.getByRole('link', { name: texts.ko.history.older }).click();
  await expect(page.locator(lines)).toHaveCount(2);
  await expect(page.locator(lines).nth(0)).toContainText(texts.ko.history.email_confirmed);
  await expect(page.locator(lines).nth(1)).toContainText(texts.ko.history.sign_up);
  const older = page.url();
  await page.getByRole('link', { name: texts.ko.history.newest }).click();
  await expect(page).toHaveURL(`${program.origin}/me/history`);

  const other = await newPerson();
  await other.signsIn('naver', 'junho');
  expect((await other.page.goto(older))?.status(), 'a line about somebody else').toBe(404);
  expect((await other.page.goto(`${program.origin}/me/history?after=x`))?.status()).toBe(404);
  const nobody = await newPerson();
  await nobody.page.goto(older);
  await expect(nobody.page).toHaveURL(/\/oauth\/login\?return_to=/);
});
