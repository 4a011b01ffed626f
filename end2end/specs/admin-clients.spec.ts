import { tabsTo } from '../fixtures/keyboard';
import type { Program } from '../fixtures/program';
import { expect, test } from '../fixtures/test';
import { texts } from '../fixtures/texts';

const { admin_clients, admin_client_fields, success_notices } = texts.ko;

/** Waits until the token endpoint takes these secrets or does not: it knows of a change within seconds. */
async function take(program: Program, secrets: string[], expected: boolean[]): Promise<void> {
  const takes = async (secret: string): Promise<boolean> => {
    const granted = await fetch(`${program.address}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`robot:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    return granted.ok;
  };
  await expect.poll(() => Promise.all(secrets.map(takes)), { timeout: 15_000 }).toEqual(expected);
}

test('an administrator registers a client by the keyboard alone', async ({ newPerson }) => {
  const admin = await newPerson();
  await admin.administers();
  await admin.goes('/admin/clients');
  const { keyboard } = admin.page;
  await tabsTo(admin, '#new > summary');
  await keyboard.press('Enter');
  await tabsTo(admin, '#new-id');
  await keyboard.type('meetups');
  await tabsTo(admin, '#new-name');
  await keyboard.type('모임');
  await tabsTo(admin, '#new-redirect_uris');
  await keyboard.type('https://meetups.example/callback');
  await tabsTo(admin, '#new-reason');
  await keyboard.type('모임 팀의 요청');
  await keyboard.press('Enter');
  await expect(admin.page.locator('main').getByRole('status')).toHaveText(success_notices.client_added);
  await expect(admin.page.locator('#client-secret')).toHaveText(/^\S{40,}$/);
  await expect(admin.page.getByRole('heading', { level: 1 })).toHaveText('모임');
  await admin.goes('/admin/clients');
  await expect(admin.page.locator('.table')).toContainText('meetups');
});

test('without scripting, a client is registered at the second try, gets another secret and goes', async ({
  newPerson,
  program,
}) => {
  const signed = await newPerson();
  await signed.administers();
  const admin = await newPerson({ javaScriptEnabled: false });
  const { page } = admin;
  await page.context().addCookies(await signed.page.context().cookies());
  await admin.goes('/admin/clients');
  await page.locator('#new > summary').click();
  await page.locator('#new-id').fill('my robot');
  await page.locator('#new-grants').fill('client_credentials');
  await page.locator('#new-scopes').fill('read');
  await page.locator('#new-first_party').check();
  await page.locator('#new-reason').fill('밤에 도는 일');
  await page.locator('#new button[type="submit"]').click();
  await expect(page.locator('#new')).toHaveAttribute('open', '');
  await expect(page.locator('#new-id')).toHaveAccessibleDescription(
    `${admin_client_fields.id_hint} ${admin_client_fields.id_wrong}`,
  );
  await expect(page.locator('#new-grants')).toHaveValue('client_credentials');
  await expect(page.locator('#new-first_party')).toBeChecked();
  await expect(page.locator('#new-reason')).toHaveValue('밤에 도는 일');
  await page.locator('#new-id').fill('robot');
  await page.locator('#new button[type="submit"]').click();
  const first = await page.locator('#client-secret').innerText();
  await take(program, [first], [true]);

  await admin.goes('/admin/clients/robot');
  await expect(page.locator('#client-secret')).toHaveCount(0);
  await page.locator('#rotate > summary').click();
  await page.locator('#rotate-reason').fill('분기마다');
  await page.locator('#rotate button').click();
  const second = await page.locator('#client-secret').innerText();
  await expect(page.locator('.facts')).toContainText(admin_clients.older);
  await take(program, [first, second], [true, true]);
  await page.locator('#rotate > summary').click();
  await page.locator('#rotate-retire').check();
  await page.locator('#rotate-reason').fill('분기마다');
  await page.locator('#rotate button').click();
  await expect(page.locator('main').getByRole('status')).toHaveText(success_notices.client_secrets_ended);
  await expect(page.locator('.facts')).not.toContainText(admin_clients.older);
  await take(program, [first, second], [false, true]);
  await page.locator('#remove > summary').click();
  await page.locator('#remove-reason').fill('더는 쓰지 않음');
  await page.locator('#remove button').click();
  await expect(page.locator('main').getByRole('status')).toHaveText(success_notices.client_removed);
  await take(program, [second], [false]);
});
