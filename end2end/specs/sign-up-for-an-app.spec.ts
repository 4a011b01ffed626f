import { Applicant } from '../fixtures/applicant';
import { Person } from '../fixtures/person';
import { ThirdPartyApp } from '../fixtures/third_party_app';
import { expect, test as base } from '../fixtures/test';
import { texts } from '../fixtures/texts';

const test = base.extend<{ app: ThirdPartyApp }>({
  app: async ({ program }, use) => {
    const app = await ThirdPartyApp.open(program);
    await use(app);
    await app.close();
  },
});

const { consent, login, forgot_password } = texts.ko;

/** On the consent page: allows the app. */
async function allows(person: Person): Promise<void> {
  await person.page.getByRole('button', { name: consent.allow, exact: true }).click();
}

for (const javaScriptEnabled of [true, false]) {
  const scripting = javaScriptEnabled ? 'on' : 'off';

  test(`a person whom an app sent signs up, forgets the password, and lands in the app each time, scripting ${scripting}`, async ({
    newPerson,
    app,
    program,
  }) => {
    const person = await newPerson({ javaScriptEnabled });
    const { page } = person;
    const somebody = new Applicant(person, program);
    await page.goto(app.authorize());
    await somebody.asksForAnAccountHere();
    await somebody.proves('link');
    await somebody.signsInForAnApp();
    await allows(person);
    await page.waitForURL((url) => url.origin === app.origin);
    expect((await app.redeem()).scope).toBe('openid profile read');

    // Opens the mail in another browser.
    const elsewhere = await newPerson({ javaScriptEnabled });
    await elsewhere.page.goto(app.authorize());
    await elsewhere.page.getByRole('link', { name: login.forgot }).click();
    const form = elsewhere.page.locator('form[action="/api/users/password/forgot"]');
    await form.locator('input[name=email]').fill(somebody.email);
    await form.getByRole('button', { name: forgot_password.submit }).click();
    const { link } = await somebody.reads('/password/reset');
    const reader = await newPerson({ javaScriptEnabled });
    await reader.page.goto(link);
    somebody.password = '새벽에 걷는 긴 다리 위의 바람';
    await reader.page.locator('input[name=password]').fill(somebody.password);
    await somebody.sends('/api/users/password/reset', reader);
    await somebody.signsInForAnApp(reader);
    // What was allowed before a reset by mail is asked again: somebody else may have allowed it.
    await allows(reader);
    await reader.page.waitForURL((url) => url.origin === app.origin);
    expect((await app.redeem()).scope).toBe('openid profile read');
  });
}

test('s_hdr_7 a sign-up in a pop-up window reports to the page that opened it', async ({ person, app, program }) => {
  const { page } = person;
  await page.goto(app.origin);
  const opened = page.waitForEvent('popup');
  await page.getByRole('button').click();
  const popup = new Person(await opened, program);
  const somebody = new Applicant(popup, program);
  await somebody.asksForAnAccountHere();
  await somebody.proves('code');
  await somebody.signsInForAnApp();
  await allows(popup);
  await expect(page.locator('output')).toContainText('code=');
});
