import { expect, test } from '../fixtures/test';
import type { Person } from '../fixtures/person';
import { type ProviderName, providerNames } from '../fixtures/simulators';
import { texts } from '../fixtures/texts';

async function order(person: Person): Promise<string[]> {
  const actions = await person.page
    .locator('form.provider')
    .evaluateAll((forms) => forms.map((form) => form.getAttribute('action') ?? ''));
  return actions.map((action) => action.split('/').at(-1) ?? '');
}

async function expectFirst(person: Person, provider: ProviderName): Promise<void> {
  await person.goes('/oauth/login');
  expect(await order(person)).toEqual([provider, ...providerNames.filter((other) => other !== provider)]);
  await expect(person.page.getByText('지난번에 사용', { exact: true })).toHaveCount(1);
  await expect(person.button(provider)).toHaveAccessibleDescription('지난번에 사용');
}

test('the provider used last is first and says so', async ({ person }) => {
  await person.goes('/oauth/login');
  expect(await order(person)).toEqual([...providerNames]);
  await expect(person.page.getByText('지난번에 사용')).toHaveCount(0);
  for (const provider of ['kakao', 'naver', 'google'] as const) {
    await person.signsInByClicking(provider, 'minji');
    await person.goes('/');
    await person.signsOut();
    await expectFirst(person, provider);
  }
});

test('a login that was cancelled does not count as used', async ({ person }) => {
  await person.signsInByClicking('naver', 'minji');
  await person.goes('/');
  await person.signsOut();
  await person.leavesFor('kakao');
  await person.cancels();
  await expectFirst(person, 'naver');
});

test('the hint is in the language of the page, and only on this device', async ({ person, newPerson }) => {
  await person.signsInByClicking('kakao', 'minji');
  await person.goes('/oauth/login');
  await person.page.getByRole('button', { name: 'English' }).click();
  await person.goes('/oauth/login');
  await expect(person.button('kakao')).toHaveAccessibleDescription(texts.en.login.last_used);
  const elsewhere = await newPerson();
  await elsewhere.goes('/oauth/login');
  expect(await order(elsewhere)).toEqual([...providerNames]);
});
