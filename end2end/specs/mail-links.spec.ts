import { expect, test } from '../fixtures/test';
import { Applicant } from '../fixtures/applicant';
import { texts } from '../fixtures/texts';

const PROVE = '/api/users/signup/prove';

test('s_mail_6 scanners may open a link as often as they like before the person', async ({
  person,
  newPerson,
  program,
}) => {
  const somebody = new Applicant(person, program);
  await somebody.asksForAnAccount();
  const { link } = await somebody.reads('/email/verify');
  for (let visit = 0; visit < 50; visit += 1) {
    const answer = await fetch(link, { method: visit % 2 === 0 ? 'GET' : 'HEAD' });
    expect(answer.status).toBe(200);
  }
  const scanner = await newPerson();
  await scanner.page.goto(link, { waitUntil: 'networkidle' });
  await expect(scanner.page.getByRole('button', { name: texts.ko.verify_email.link_submit })).toBeVisible();
  await person.page.goto(link);
  await somebody.sends(PROVE);
  await expect(person.page).toHaveURL(/notice=mailbox_proven/);
  await somebody.signsIn();
});

for (const [path, action] of [
  ['/email/verify', PROVE],
  ['/password/reset', '/api/users/password/reset'],
  ['/email/change', '/api/users/email/prove'],
]) {
  test(`s_mail_8 ${path} hides its token and tells no other site of it`, async ({ person, program }) => {
    const { page } = person;
    const token = 'B'.repeat(43);
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(program.origin) && !request.url().startsWith('data:')) foreign.push(request.url());
    });
    const response = await page.goto(`${program.origin}${path}?token=${token}`);
    expect(await response?.headerValue('referrer-policy')).toBe('same-origin');
    await expect(page).toHaveURL(`${program.origin}${path}`);
    await expect(page.locator(`form[action="${action}"] input[name=token]`)).toHaveValue(token);
    await page.locator('a.brand').click();
    await page.goBack();
    await expect(page).toHaveURL(`${program.origin}${path}`);
    expect(foreign).toEqual([]);
    expect(program.log()).not.toContain(token);
  });
}
