import { ThirdPartyApp } from '../fixtures/third_party_app';
import { Person } from '../fixtures/person';
import { filled, texts } from '../fixtures/texts';
import { expect, test as base } from '../fixtures/test';

const test = base.extend<{ app: ThirdPartyApp }>({
  app: async ({ program }, use) => {
    const app = await ThirdPartyApp.open(program);
    await use(app);
    await app.close();
  },
});

const name = { app: '꽃집' };
const { consent, login, scopes, security, success_notices } = texts.ko;

/** Signs in for the app, and reaches its consent page. */
async function isAsked(person: Person, app: ThirdPartyApp): Promise<void> {
  const { page } = person;
  await page.goto(app.authorize());
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(filled(login.heading_for ?? '', name));
  await person.presses('google');
  await person.agreesAs('minji');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(filled(consent.heading ?? '', name));
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripting' : 'without scripting', () => {
    test.use({ javaScriptEnabled });

    test('s_as_14 s_hdr_3 a person signs in to an app of others, allows it once, and takes it back', async ({
      person,
      app,
      program,
    }) => {
      const { page } = person;
      await isAsked(person, app);
      await expect(page.locator('main')).toContainText(new URL(app.origin).host);
      await expect(page.getByRole('listitem').filter({ hasText: scopes.profile })).toBeVisible();
      await page.getByRole('button', { name: consent.allow, exact: true }).click();
      await page.waitForURL((url) => url.origin === app.origin);
      const tokens = await app.redeem();
      expect(tokens.scope).toBe('openid profile read');
      await page.goto(app.authorize());
      expect(page.url(), 'they are not asked twice').toContain(app.callback);

      await person.goes('/me/security');
      const entry = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: '꽃집' }) });
      await expect(entry).toContainText(scopes.profile ?? '');
      await entry.getByRole('button', { name: security.withdraw_app }).click();
      await expect(page.getByRole('status').first()).toContainText(success_notices.app_withdrawn ?? '');
      await expect(page.locator('main')).not.toContainText('꽃집');
      expect((await app.refresh(tokens)).status).toBe(400);
      await page.goto(app.authorize());
      await expect(page).toHaveURL(new RegExp(`^${program.origin}/oauth2/consent`));
    });

    test('s_as_14 a person who does not allow it goes back to the app, which is told so', async ({ person, app }) => {
      const { page } = person;
      await isAsked(person, app);
      await page.getByRole('button', { name: consent.deny, exact: true }).click();
      await page.waitForURL((url) => url.origin === app.origin);
      expect(app.lastTold().get('error')).toBe('access_denied');
      await page.goBack();
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(filled(consent.heading ?? '', name));
      await page.getByRole('button', { name: consent.allow, exact: true }).click();
      await page.waitForURL((url) => url.origin === app.origin);
      expect((await app.redeem()).scope).toBe('openid profile read');
    });
  });
}

test('s_hdr_7 a sign-in in a pop-up window reports to the page that opened it', async ({ person, app, program }) => {
  const { page } = person;
  await page.goto(app.origin);
  const opened = page.waitForEvent('popup');
  await page.getByRole('button').click();
  const popup = new Person(await opened, program);
  await popup.presses('kakao');
  await popup.agreesAs('minji');
  await popup.page.getByRole('button', { name: consent.allow, exact: true }).click();
  await expect(page.locator('output')).toContainText('code=');
});
