import { readFileSync } from 'node:fs';
import { Applicant } from '../fixtures/applicant';
import { mails } from '../fixtures/mailbox';
import type { Person } from '../fixtures/person';
import { expect, test } from '../fixtures/test';
import { brands, texts } from '../fixtures/texts';

const ways = 'ul.entries > li';

/** On the security page: links a provider, and agrees there. */
async function links(person: Person, provider: 'naver' | 'kakao', name: string, user: string): Promise<void> {
  await person.goes('/me/security');
  await person.page.getByRole('button', { name: texts.ko.security.link_method.replace('{{ name }}', name) }).click();
  await person.agreesAs(user);
}

for (const javaScriptEnabled of [true, false]) {
  const scripting = javaScriptEnabled ? 'on' : 'off';
  test(`a sign-in method is linked, used, and unlinked (scripting ${scripting})`, async ({ newPerson, program }) => {
    const person = await newPerson({ javaScriptEnabled });
    const { page } = person;
    const somebody = new Applicant(person, program);
    await somebody.becomesAMember();
    const user = `linker-${scripting}`;
    await program.simulators.naver.putUser(user, { id: `link-${scripting}-abcdefghijklmnop`, nickname: '연결이' });
    await person.goes('/me/security');
    await expect(page.getByRole('button', { name: texts.ko.security.remove_password }), 'the last one').toHaveCount(0);
    await links(person, 'naver', brands.naver, user);
    await expect(page.getByRole('status')).toHaveText(texts.ko.success_notices.linked);
    await expect(page.locator(ways)).toHaveCount(2);
    await expect
      .poll(async () => (await mails(program, somebody.email)).length, 'the owner is told')
      .toBeGreaterThan(1);

    const elsewhere = await newPerson();
    await elsewhere.signsIn('naver', user);
    expect(await elsewhere.id()).toBe(await person.id());
    await page.locator(ways).filter({ hasText: brands.naver }).getByRole('button').click();
    await expect(page.getByRole('status')).toHaveText(texts.ko.success_notices.unlinked);
    await expect(page.locator(ways)).toHaveCount(1);
    expect(await elsewhere.session(), 'sessions that began with it are signed out').toBeNull();
    await program.simulators.naver.deleteUser(user);
  });
}

for (const javaScriptEnabled of [true, false]) {
  const scripting = javaScriptEnabled ? 'on' : 'off';
  test(`an identity of another member is explained where the linking began (scripting ${scripting})`, async ({
    newPerson,
    program,
  }) => {
    const [owner, person] = [await newPerson(), await newPerson({ javaScriptEnabled })];
    const user = `owner-${scripting}`;
    await program.simulators.naver.putUser(user, { id: `owner-${scripting}-abcdefghijklmno`, nickname: '주인' });
    await owner.signsIn('naver', user);
    const somebody = new Applicant(person, program);
    await somebody.becomesAMember();
    await links(person, 'naver', brands.naver, user);
    await expect(person.page).toHaveURL(`${program.origin}/me/security?error=identity_taken&provider=naver`);
    await expect(person.page.getByRole('alert')).toHaveText(
      texts.ko.security.link_taken.replaceAll('{{ name }}', brands.naver),
    );
    await expect(person.page.locator(ways)).toHaveCount(1);
    expect((await person.session())?.user.name, 'still signed in').toBe(somebody.nickname);
    expect((await owner.session())?.user.name).toBe('주인');
    await program.simulators.naver.deleteUser(user);
  });
}

test('a person who signed in long ago signs in again before a sign-in method goes', async ({ person, program }) => {
  const { page } = person;
  const somebody = new Applicant(person, program);
  await somebody.becomesAMember();
  await program.simulators.naver.putUser('stale', { id: 'stale-abcdefghijklmnopqrst', nickname: '오래' });
  await links(person, 'naver', brands.naver, 'stale');
  await program.advanceClock('11m');
  await page.getByRole('button', { name: texts.ko.security.remove_password }).click();
  await expect(page).toHaveURL(/\/oauth\/prove\?return_to=%2Fme%2Fsecurity/);
  await somebody.types('/api/auth/prove', { password: somebody.password });
  await somebody.sends('/api/auth/prove');
  await expect(page).toHaveURL(`${program.origin}/me/security`);
  await page.locator(ways).filter({ hasText: brands.naver }).getByRole('button').click();
  await expect(page.getByRole('status')).toHaveText(texts.ko.success_notices.unlinked);
  await program.simulators.naver.deleteUser('stale');
});

for (const javaScriptEnabled of [true, false]) {
  const scripting = javaScriptEnabled ? 'on' : 'off';
  test(`an account is taken along, deleted, and kept after all (scripting ${scripting})`, async ({
    newPerson,
    program,
  }) => {
    const person = await newPerson({ javaScriptEnabled });
    const { page } = person;
    const somebody = new Applicant(person, program);
    await somebody.becomesAMember();
    const id = await person.id();
    await person.goes('/me/security');
    await person.entry(texts.ko.navigation.data).click();
    const coming = page.waitForEvent('download');
    await page.getByRole('link', { name: texts.ko.account.export, exact: true }).click();
    const file = await (await coming).path();
    expect(JSON.parse(readFileSync(file, 'utf8')).data.profile.id).toBe(id);

    await page.getByRole('button', { name: texts.ko.account.delete }).click();
    await expect(page.getByRole('status')).toContainText(texts.ko.success_notices.deletion_scheduled ?? '');
    expect(await person.session()).toBeNull();
    expect((await page.goto(`${program.origin}/members/${id}`))?.status()).toBe(404);
    await person.goes('/oauth/login?return_to=/me/history');
    await somebody.signsIn();
    await expect(page.locator('ol.entries')).toContainText(texts.ko.history.deletion_cancelled);
    expect(await person.id()).toBe(id);
  });
}
