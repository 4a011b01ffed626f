import { expect, test } from '../fixtures/test';
import { names } from '../fixtures/simulators';

test.use({
  settings: { DAEMUN_PROVIDERS__NAVER__PROTOCOL: 'oidc', DAEMUN_PROVIDERS__KAKAO__PROTOCOL: 'oidc' },
});

for (const [provider, path] of [
  ['naver', '/oauth2/token'],
  ['kakao', '/oauth/token'],
] as const) {
  test(`a person signs in with ${provider} by OpenID Connect`, async ({ person, program }) => {
    await person.leavesFor(provider);
    await person.agreesAs('minji');
    expect((await person.session())?.user.name).toBe(names.minji);
    await person.goes('/me');
    await expect(person.page.locator('main')).toContainText(names.minji);

    const requests = await program.simulators[provider].requests();
    expect(requests.find(({ at }) => at === 'authorize')?.query.map(([name]) => name)).toContain('nonce');
    expect(requests.find(({ at }) => at === 'token')?.path).toContain(path);
    expect(
      requests.filter(({ at }) => at === 'jwks'),
      'the id_token was verified',
    ).not.toHaveLength(0);
  });

  test(`s_up_7 an id_token of ${provider} with a bad signature signs nobody in`, async ({ person, program }) => {
    await program.simulators[provider].break({ at: 'id-token', fault: 'bad-signature', times: 1 });
    await person.leavesFor(provider);
    await person.agreesAs('minji');
    expect(await person.session()).toBeNull();
    await expect(person.page.getByRole('heading', { level: 1 })).toBeVisible();
  });
}
