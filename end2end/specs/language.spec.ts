import { expect, test } from '../fixtures/test';
import { texts } from '../fixtures/texts';

for (const [locale, language] of [
  ['ko-KR', 'ko'],
  ['en-US', 'en'],
  ['fr-FR', 'ko'],
] as const) {
  test(`a browser that asks for ${locale} gets ${language}`, async ({ newPerson }) => {
    const person = await newPerson({ locale });
    for (const path of ['/', '/oauth/login', '/nowhere']) {
      await person.goes(path);
      await expect(person.page.locator('html')).toHaveAttribute('lang', language);
    }
    await person.goes('/');
    await expect(person.page.getByRole('heading', { level: 1 })).toHaveText(texts[language].home.heading);
  });
}

test('the choice wins over the browser, on every page, after a reload, a login and a restart', async ({
  person,
  newPerson,
}) => {
  const { page } = person;
  await person.goes('/');
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(page.getByRole('button', { name: 'English' })).toHaveAttribute('aria-current', 'true');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(texts.en.home.heading);

  await person.signsInByClicking('kakao', 'minji');
  await person.goes('/me');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(texts.en.me.heading);
  await person.signsOut();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');

  const kept = (await page.context().cookies()).filter((cookie) => cookie.expires > 0);
  const afterRestart = await newPerson({ storageState: { cookies: kept, origins: [] } });
  await afterRestart.goes('/oauth/login');
  await expect(afterRestart.page.getByRole('heading', { level: 1 })).toHaveText(texts.en.login.heading);

  await page.getByRole('button', { name: '한국어' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(texts.ko.home.heading);
});

for (const path of ['/', '/oauth/login', '/oauth/login?error=access_denied&return_to=%2Fme', '/me']) {
  test(`changing the language stays on ${path}`, async ({ person, program }) => {
    if (path === '/me') await person.signsIn('google', 'minji');
    await person.goes(path);
    const heading = await person.page.getByRole('heading', { level: 1 }).textContent();
    await person.page.getByRole('button', { name: 'English' }).click();
    await expect(person.page.locator('html')).toHaveAttribute('lang', 'en');
    await expect(person.page).toHaveURL(program.origin + path);
    await expect(person.page.getByRole('heading', { level: 1 })).not.toHaveText(heading ?? '');
  });
}

test('on an error page the switch works too, and stays', async ({ person, program }) => {
  await person.goes('/nowhere?a=1');
  await person.page.getByRole('button', { name: 'English' }).click();
  await expect(person.page).toHaveURL(`${program.origin}/nowhere?a=1`);
  await expect(person.page.locator('html')).toHaveAttribute('lang', 'en');
});

test('no text of the other language is on a page, but for the names of languages', async ({ newPerson }) => {
  const person = await newPerson({ locale: 'en-US' });
  for (const path of ['/', '/oauth/login?error=login_failed', '/nowhere']) {
    await person.goes(path);
    const text = (await person.page.locator('body').innerText()).replace('한국어', '');
    expect(text, path).not.toMatch(/[가-힣]/);
  }
});
