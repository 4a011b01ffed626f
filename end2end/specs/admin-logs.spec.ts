import { readFileSync } from 'node:fs';
import { tabsTo } from '../fixtures/keyboard';
import type { Person } from '../fixtures/person';
import { expect, test } from '../fixtures/test';

test('by the keyboard, a row is found, its network revealed for a reason, and who saw it is told', async ({
  newPerson,
}) => {
  const member = await newPerson();
  await member.signsIn('google', 'minji');
  const id = await member.id();
  const admin = await newPerson();
  await admin.administers();
  await admin.goes('/admin/audit');
  await tabsTo(admin, '#filter-member');
  await admin.page.keyboard.type(id);
  await admin.page.keyboard.press('Enter');
  await expect(admin.page).toHaveURL(new RegExp(`member=${id}`));
  const rows = admin.page.getByRole('table').getByRole('row');
  await expect(rows.nth(1)).toContainText('127.0.***');
  await tabsTo(admin, '.masked__more > summary >> nth=0');
  await admin.page.keyboard.press('Enter');
  await tabsTo(admin, '.masked__form input[name=reason] >> nth=0');
  await admin.page.keyboard.type('문의 1234');
  await admin.page.keyboard.press('Enter');
  // Revealing it added a row above.
  await expect(rows.nth(2)).toContainText('127.0.0.0/24');
  await expect(admin.page, 'the filter stays').toHaveURL(new RegExp(`member=${id}`));
  await admin.goes(`/admin/access-log?member=${id}`);
  await expect(rows.nth(1)).toContainText('감사 로그의 네트워크 전체');
  await expect(rows.nth(1)).toContainText('문의 1234');
  await expect(rows.nth(1)).toContainText('127.0.0.1');
});

test('without scripting, the logs are taken as files, and a wrong span comes back to its field', async ({
  unscriptedAdministrator: admin,
}) => {
  for (const page of ['audit', 'access-log']) {
    await admin.goes(`/admin/${page}`);
    await admin.page.locator('#csv > summary').click();
    const today = await admin.page.locator('#csv-until').inputValue();
    await admin.page.locator('#csv-since').fill('2020-01-01');
    await admin.page.locator('#csv-reason').fill('월간 점검');
    await admin.page.locator('#csv button').click();
    await expect(admin.page.locator('#csv-since-error')).toContainText('93일');
    await expect(admin.page.locator('#csv-reason')).toHaveValue('월간 점검');
    await admin.page.locator('#csv-since').fill(today);
    const [download] = await Promise.all([
      admin.page.waitForEvent('download'),
      admin.page.locator('#csv button').click(),
    ]);
    expect(download.suggestedFilename()).toBe(`${page}.csv`);
    const text = readFileSync(await download.path(), 'utf8');
    expect(text.startsWith('\ufeffid,at,kind,')).toBe(true);
    expect(text).toContain(page === 'audit' ? 'role_given' : 'access_file');
  }
});

test('a moderator hides a reported post for a time, and shows it again', async ({ newPerson, program }) => {
  const author = await newPerson();
  await author.signsIn('google', 'minji');
  const sends = async (person: Person, path: string, body: object): Promise<{ data: { id: string } }> =>
    person.page.evaluate(
      async ({ path, body }) => {
        const headers = { 'content-type': 'application/json' };
        return (await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).json();
      },
      { path, body },
    );
  const written = await sends(author, '/api/activity/posts', { text: '싸게 팝니다' });
  const moderator = await newPerson();
  await moderator.signsIn('google', 'junho');
  const id = await moderator.id();
  program.command('member', 'roles', id, '--add', 'ROLE_MODERATOR', '--reason', 'a test');
  await sends(moderator, `/api/activity/posts/${written.data.id}/report`, { reason: 'spam', note: '광고예요' });
  await moderator.goes('/admin/reports');
  const report = moderator.page.locator('.entry', { hasText: '싸게 팝니다' });
  await expect(report).toContainText('신고 내용: 광고예요');
  await report.locator('summary', { hasText: '글 숨기기' }).click();
  await report.locator('input[name=days]').fill('30');
  await report.locator('input[name=reason]').fill('광고');
  await report.getByRole('button', { name: '글 숨기기' }).click();
  await expect(moderator.page.locator('main').getByRole('status')).toContainText('숨겼어요');
  await expect(report).toContainText('작성자에게 알린 사유: 광고');
  await report.locator('summary', { hasText: '다시 보이기' }).click();
  await report.locator('input[name=reason]').fill('이의 제기');
  await report.getByRole('button', { name: '다시 보이기' }).click();
  await expect(moderator.page.locator('main').getByRole('status')).toContainText('다시 보이게');
});
