import { Applicant } from '../fixtures/applicant';
import { findings } from '../fixtures/axe';
import type { Person } from '../fixtures/person';
import type { Program } from '../fixtures/program';
import { picture } from '../fixtures/pictures';
import { restyle, speaks, styles } from '../fixtures/scenes';
import { expect, test } from '../fixtures/test';
import { type Language, languages } from '../fixtures/texts';

/** Signs up in a language, and waits for the mail that proves the mailbox. */
async function isWrittenTo(person: Person, program: Program, language: Language): Promise<Applicant> {
  const somebody = new Applicant(person, program, language);
  await speaks(person, program, language);
  await somebody.asksForAnAccount();
  await somebody.reads('/email/verify');
  return somebody;
}

/** Runs axe on the page in every style, and takes a picture of each. */
async function isAccessible(person: Person, name: string): Promise<void> {
  const found: Record<string, string[]> = {};
  for (const style of styles) {
    await restyle(person, style);
    for (const finding of await findings(person.page)) {
      found[finding] = [...(found[finding] ?? []), `${style.device} ${style.theme}`];
    }
    await picture(person.page, `${name}-${style.device}-${style.theme}`);
  }
  expect(found).toEqual({});
}

for (const language of languages) {
  test(`a developer finds a mail (${language}) in the mailbox, and axe finds nothing`, async ({
    person,
    program,
    complaints,
  }) => {
    // axe tries to run scripts, which a mail must not.
    complaints.expect(/^Blocked script execution in '[^']*\/dev\/mail\//);
    const { page } = person;
    const somebody = await isWrittenTo(person, program, language);
    await person.goes('/dev/mail');
    const entry = page.getByRole('listitem').filter({ hasText: somebody.email });
    await expect(entry).toHaveCount(1);
    await isAccessible(person, `mailbox-${language}`);

    await entry.getByRole('link').click();
    await expect(page.getByRole('heading', { level: 1 })).not.toBeEmpty();
    await expect(page.locator('main')).toContainText(somebody.email);
    const mail = page.frameLocator('iframe');
    await expect(mail.locator('html')).toHaveAttribute('lang', language);
    await isAccessible(person, `mailbox-mail-${language}`);

    // The same mail in a page where axe can run.
    const html = await (await page.request.get(`${page.url()}/html`)).text();
    await page.goto('about:blank');
    await page.setContent(html);
    await isAccessible(person, `mail-${language}`);
  });
}

test('the mailbox works without scripting, from the list to the page that a mail leads to', async ({
  newPerson,
  program,
}) => {
  const person = await newPerson({ javaScriptEnabled: false });
  const { page } = person;
  const somebody = await isWrittenTo(person, program, 'ko');
  await person.goes('/dev/mail');
  await page.getByRole('listitem').filter({ hasText: somebody.email }).getByRole('link').click();
  await page.getByRole('link', { name: 'Development mailbox' }).click();
  await expect(page).toHaveURL(`${program.origin}/dev/mail`);
  await page.getByRole('listitem').filter({ hasText: somebody.email }).getByRole('link').click();
  await page.locator('a[href*="/email/verify?token="]').click();
  await somebody.sends('/api/users/signup/prove');
  await expect(page).toHaveURL(/notice=mailbox_proven/);
});

test('an empty mailbox says so, and a mail that is not there is 404', async ({ person, program }) => {
  await person.goes('/dev/mail?to=nobody%40example.com');
  await expect(person.page.getByText('No mail has arrived yet.')).toBeVisible();
  await isAccessible(person, 'mailbox-empty');
  const answer = await person.page.goto(`${program.origin}/dev/mail/01936f3e-7c00-7000-8000-000000000000`);
  expect(answer?.status()).toBe(404);
});
