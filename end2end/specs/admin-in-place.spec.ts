import { randomUUID } from 'node:crypto';
import { isWatching } from '../fixtures/alive';
import { putsAside } from '../fixtures/dead_letter';
import type { Person } from '../fixtures/person';
import { expect, test } from '../fixtures/test';
import { texts } from '../fixtures/texts';

/** Is lost when the page is loaded again. */
async function marks(person: Person): Promise<() => Promise<void>> {
  await person.page.evaluate(() => document.body.setAttribute('data-marked', ''));
  return () => expect(person.page.locator('body[data-marked]')).toHaveCount(1);
}

test('what is on its way is read again while somebody looks', async ({ newPerson, program }) => {
  const admin = await newPerson();
  await admin.administers();
  await admin.goes('/admin/events');
  const dead = admin.page.locator('#moving-events .facts div').last();
  await expect(dead).toContainText('0');
  const isTheSame = await marks(admin);
  putsAside(program);
  await expect(dead).toContainText('1', { timeout: 15_000 });
  await isTheSame();
  await admin.page.reload();
  await expect(dead).toContainText('1');
});

test('members are found while one types, and an older answer is passed over', async ({ newPerson, person }) => {
  await person.signsIn('google', 'minji');
  // A nickname that no member of another test begins with.
  const name = `찾는 ${randomUUID().slice(0, 8)}`;
  await person.goes('/me');
  const renamed = await person.page.evaluate(async (nickname) => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch('/api/users/me', { method: 'PATCH', headers, body: JSON.stringify({ nickname }) })).status;
  }, name);
  expect(renamed).toBe(200);
  const admin = await newPerson();
  await admin.administers();
  const { page } = admin;
  await admin.goes('/admin/members');
  const rows = page.locator('#found-members .table__row');
  await expect(rows).not.toHaveCount(0);
  const isTheSame = await marks(admin);
  let answerFirst = (): void => undefined;
  let asked = 0;
  await page.route('**/api/fn/find_members', async (route) => {
    asked += 1;
    if (asked === 1) await new Promise<void>((done) => (answerFirst = done));
    await route.continue();
  });
  const field = page.locator('input[name=value]');
  await isWatching(page);
  const first = page.waitForRequest('**/api/fn/find_members');
  await field.fill('아무도 아닌 사람');
  await first;
  const second = page.waitForResponse('**/api/fn/find_members');
  await field.fill(name);
  await second;
  await expect(rows).toHaveCount(1);
  await expect(page).toHaveURL(/by=nickname&value=/);
  const older = page.waitForResponse('**/api/fn/find_members');
  answerFirst();
  await older;
  await expect(rows).toHaveCount(1);
  await expect(field).toBeFocused();
  await field.fill('아무도 아닌 사람');
  await expect(page.locator('#found-members')).toHaveText(texts.ko.admin_members.nobody);
  await field.fill('');
  await expect(page).toHaveURL(/\/admin\/members$/);
  await expect(rows).not.toHaveCount(1);
  await field.fill(name);
  await expect(rows).toHaveCount(1);
  await isTheSame();
  await page.reload();
  await expect(rows).toHaveCount(1);
  await expect(field).toHaveValue(name);
});
