import { tabsTo } from '../fixtures/keyboard';
import { expect, test } from '../fixtures/test';

test('an administrator finds a member and disables the account, by the keyboard alone', async ({ newPerson }) => {
  const member = await newPerson();
  await member.signsIn('google', 'minji');
  const id = await member.id();
  const admin = await newPerson();
  await admin.administers();
  await admin.goes('/admin/members');
  await tabsTo(admin, '#filter-by');
  await admin.page.keyboard.press('ArrowDown');
  await admin.page.keyboard.press('ArrowDown');
  await tabsTo(admin, '#filter-value');
  await admin.page.keyboard.type(id);
  await admin.page.keyboard.press('Enter');
  await expect(admin.page).toHaveURL(new RegExp(`by=id&value=${id}`));
  await tabsTo(admin, `a[href="/admin/members/${id}"]`);
  await admin.page.keyboard.press('Enter');
  await expect(admin.page.getByRole('heading', { level: 1 })).toHaveText('김민지');
  await tabsTo(admin, '#disable > summary');
  await admin.page.keyboard.press('Enter');
  await tabsTo(admin, '#disable-reason');
  await admin.page.keyboard.type('문의 17');
  await admin.page.keyboard.press('Enter');
  await expect(admin.page.locator('main').getByRole('status')).toContainText('중지했어요');
  expect(await member.session()).toBeNull();
  await admin.page.locator('#enable > summary').click();
  await admin.page.locator('#enable-reason').fill('문의 17');
  await admin.page.locator('#enable button').click();
  await expect(admin.page.locator('main').getByRole('status')).toContainText('다시 쓸 수');
});

test('without scripting, a refused action comes back to its place, and a right one leads on', async ({
  unscriptedAdministrator: admin,
  newPerson,
}) => {
  const member = await newPerson();
  await member.signsIn('google', 'minji');
  const id = await member.id();
  await admin.goes(`/admin/members/${id}`);
  await admin.page.locator('#sign-out > summary').click();
  await admin.page.locator('#sign-out button').click();
  await expect(admin.page.locator('#sign-out')).toHaveAttribute('open', '');
  await expect(admin.page.locator('#sign-out-reason-error')).toBeVisible();
  await admin.page.locator('#sign-out-reason').fill('잃어버린 기기');
  await admin.page.locator('#sign-out button').click();
  await expect(admin.page.locator('main').getByRole('status')).toContainText('로그아웃했어요');
  expect(await member.session()).toBeNull();
  await expect(admin.page.locator('.table').last()).toContainText('잃어버린 기기');
});

test('the navigation is a menu on a phone, which opens without scripting, and a column on a desktop', async ({
  unscriptedAdministrator: admin,
}) => {
  await admin.page.setViewportSize({ width: 390, height: 844 });
  await admin.goes('/admin/members');
  const entry = admin.page.locator('.admin__menu a[href="/admin"]');
  await expect(entry).toBeHidden();
  await admin.page.locator('.admin__current').click();
  await expect(entry).toBeVisible();
  await admin.page.setViewportSize({ width: 1280, height: 800 });
  await admin.goes('/admin/members');
  await expect(entry).toBeVisible();
  await expect(admin.page.locator('.admin__menu [aria-current=page]')).toHaveText('회원');
});

test('who does not administer finds nothing, and a stale administrator proves who they are and comes back', async ({
  newPerson,
  program,
}) => {
  const member = await newPerson();
  await member.signsIn('google', 'minji');
  for (const path of ['/admin', '/admin/members', '/admin/nowhere']) {
    const answer = await member.page.goto(program.origin + path);
    expect(answer?.status(), path).toBe(404);
    expect(member.page.url()).toBe(program.origin + path);
  }
  const admin = await newPerson();
  await admin.administers();
  await program.advanceClock('11m');
  await admin.goes('/admin/members?by=nickname&value=x');
  await expect(admin.page).toHaveURL(/\/oauth\/prove\?return_to=/);
});

test('the first look says the same in a plot and in numbers', async ({ newPerson }) => {
  const admin = await newPerson();
  await admin.administers();
  await admin.goes('/admin');
  await expect(admin.page.getByRole('img', { name: /시간별 로그인/ })).toBeVisible();
  await admin.page.getByText('숫자로 보기').click();
  await expect(admin.page.getByRole('table', { name: '최근 24시간 로그인' }).getByRole('row')).toHaveCount(25);
  await expect(admin.page.getByText('2단계 인증이 없어요')).toBeVisible();
});
