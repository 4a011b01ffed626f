import { DEAD_LETTER, putsAside } from '../fixtures/dead_letter';
import { tabsTo } from '../fixtures/keyboard';
import { expect, test } from '../fixtures/test';

test('an administrator reads a dead letter and has it dealt with again, by the keyboard alone', async ({
  newPerson,
  program,
}) => {
  const admin = await newPerson();
  await admin.administers();
  putsAside(program);
  await admin.goes('/admin/events');
  await expect(admin.page.locator('main')).not.toContainText('hong@example.com');
  await tabsTo(admin, `a[href="${DEAD_LETTER}"]`);
  await admin.page.keyboard.press('Enter');
  await expect(admin.page.locator('.raw')).toHaveCount(0);
  await tabsTo(admin, '#read > summary');
  await admin.page.keyboard.press('Enter');
  await tabsTo(admin, '#read-reason');
  await admin.page.keyboard.type('문의 17');
  await admin.page.keyboard.press('Enter');
  await expect(admin.page.locator('.raw')).toContainText('hong@example.com');
  await tabsTo(admin, '#retry > summary');
  await admin.page.keyboard.press('Enter');
  await tabsTo(admin, '#retry-reason');
  await admin.page.keyboard.type('문의 17');
  await admin.page.keyboard.press('Enter');
  await expect(admin.page.locator('main').getByRole('status')).toContainText('다시 처리');
  await expect(admin.page.locator('main')).toContainText('처리하지 못한 이벤트가 없어요');
});

test('without scripting, keys are rotated, and long work shows how far it is', async ({
  unscriptedAdministrator: admin,
}) => {
  await admin.goes('/admin/keys');
  await expect(admin.page.locator('.table__row')).toHaveCount(1);
  await admin.page.locator('#signing > summary').click();
  await admin.page.locator('#signing button').click();
  await expect(admin.page.locator('#signing')).toHaveAttribute('open', '');
  await expect(admin.page.locator('#signing-reason-error')).toBeVisible();
  await admin.page.locator('#signing-reason').fill('분기마다');
  await admin.page.locator('#signing button').click();
  await expect(admin.page.locator('main').getByRole('status')).toContainText('처리했어요');
  await expect(admin.page.locator('.table').first()).toContainText('공개됨');
  await admin.page.locator('#master > summary').click();
  await admin.page.locator('#master-reason').fill('분기마다');
  await admin.page.locator('#master button').click();
  await expect(async () => {
    await admin.goes('/admin/long-work');
    await expect(admin.page.locator('.table')).toContainText('끝남');
  }).toPass();
  await admin.goes('/admin/program');
  await expect(admin.page.locator('.table').first()).toContainText('오래된 데이터 정리, 서명 키 교체');
});
