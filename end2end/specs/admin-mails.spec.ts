import { isAlive } from '../fixtures/alive';
import { Applicant } from '../fixtures/applicant';
import { damage } from '../fixtures/database';
import { expect, test } from '../fixtures/test';
import { texts } from '../fixtures/texts';

// No mail server listens there, so mails wait.
test.use({
  config: `
[mail]
transport = "smtp"
smtp_url = "smtp://127.0.0.1:9"
from = "daemun@example.com"
`,
});

for (const scripting of [true, false]) {
  test(`a mail that was given up is sent again from the list (scripting ${scripting ? 'on' : 'off'})`, async ({
    newPerson,
    program,
  }) => {
    const signed = await newPerson();
    await signed.administers();
    const admin = await newPerson({ javaScriptEnabled: scripting });
    const { page } = admin;
    await page.context().addCookies(await signed.page.context().cookies());
    for (let number = 0; number < 2; number += 1) {
      const somebody = new Applicant(await newPerson(), program);
      await somebody.asksForAnAccount();
      // As if the mail server had refused it for three days.
      damage(
        program,
        `UPDATE jobs SET state = 'dead', failure = '550 *** unknown' WHERE owner = '${somebody.email}'`,
      );
    }
    await admin.goes('/admin/mails?state=given-up');
    const ids = await page.locator('details[id^=retry-0]').evaluateAll((all) => all.map(({ id }) => id));
    const [first, second] = ids as [string, string];
    await expect(page.locator('.table__row')).toHaveCount(2);
    await expect(page.locator('.table')).toContainText('550 *** unknown');
    await page.locator(`#${first} > summary`).click();
    if (scripting) await isAlive(page.locator(`#${first} form`));
    if (scripting) await page.locator('body').evaluate((body) => body.setAttribute('data-marked', ''));
    await page.locator(`#${first}-reason`).fill('메일 서버를 고침');
    await page.locator(`#${first} button`).click();
    await expect(page.locator('main').getByRole('status')).toHaveText(texts.ko.success_notices.mail_sent_again);
    await expect(page.locator('#given-up-count')).toHaveText('1');
    await expect(page.locator('body[data-marked]'), 'in place').toHaveCount(scripting ? 1 : 0);
    await admin.goes('/admin/mails?state=given-up');
    await expect(page.locator(`#${first}`)).toHaveCount(0);
    await page.locator(`#${second} > summary`).click();
    await page.locator(`#${second}-reason`).fill('메일 서버를 고침');
    await page.locator(`#${second} button`).click();
    await expect(page.locator(`#${second}`)).toHaveCount(0);
  });
}
