import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from '../fixtures/test';

const end2end = resolve(__dirname, '..');
const SECRET = 'k3Jx9QpL-vW8Rt1YcXo7_kEa2JmBh4GdSf0uZn5i';

test.use({
  config: `
[[clients]]
id = "helpdesk"
name = "도움 창구"
auth = "client_secret_basic"
secret = "${SECRET}"
grants = ["client_credentials"]
scopes = ["admin:write"]
`,
});

test('a client that is generated from the document looks after a member', async ({ person, program }) => {
  await person.signsIn('google', 'minji');
  const member = (await person.session())?.user;
  const document = await fetch(`${program.operations}/openapi.json`);
  expect(document.headers.get('content-type')).toBe('application/json');
  // Below end2end, so that the compiler finds the packages.
  mkdirSync(join(end2end, 'results'), { recursive: true });
  const folder = mkdtempSync(join(end2end, 'results', 'admin-client-'));
  try {
    const run = (tool: string, ...words: string[]): string =>
      execFileSync(process.execPath, [join(end2end, 'node_modules', tool), ...words], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    writeFileSync(join(folder, 'openapi.json'), await document.text());
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    copyFileSync(join(end2end, 'fixtures/admin_client/administer.ts'), join(folder, 'administer.ts'));
    run('openapi-typescript/bin/cli.js', 'openapi.json', '--output', 'openapi.d.ts');
    run(
      'typescript/bin/tsc',
      ...['--strict', '--noUncheckedIndexedAccess', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'],
      ...['--target', 'es2022', '--module', 'nodenext', '--types', 'node', 'administer.ts'],
    );
    const granted = await fetch(`${program.address}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`helpdesk:${SECRET}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const { access_token: token } = (await granted.json()) as { access_token: string };
    const said = execFileSync(process.execPath, ['administer.js', program.address, token, member?.name ?? ''], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(JSON.parse(said)).toEqual([
      'found 1, active',
      'by google, 1 session',
      `address ${member?.email}`,
      'disabled true',
      'enabled true',
      'account_enabled,account_disabled,signed_out_by_operator,role_taken,role_given,personal_data_shown',
      'addresses,member',
    ]);
    expect(await person.session(), 'signed out by the operator').toBeNull();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
