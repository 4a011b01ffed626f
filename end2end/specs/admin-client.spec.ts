import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Applicant } from '../fixtures/applicant';
import { setsUp } from '../fixtures/codes';
import { expect, test } from '../fixtures/test';

const end2end = resolve(__dirname, '..');
const ADDRESS = '/api/users/me/email';
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

test('a client that is generated from the document looks after a member', async ({ person, program, request }) => {
  const somebody = new Applicant(person, program);
  await somebody.becomesAMember();
  await setsUp(person, somebody, program);
  // An address that waits for its proof.
  await person.goes('/me/security');
  await somebody.types(ADDRESS, { email: `new-${somebody.email}`, password: somebody.password });
  await somebody.sends(ADDRESS);
  const member = (await person.session())?.user;
  const document = await request.get(`${program.operations}/openapi.json`);
  expect(document.headers()['content-type']).toBe('application/json');
  // Below this folder, so that it finds the packages that it is compiled with.
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
    const granted = await request.post(`${program.address}/oauth2/token`, {
      headers: { authorization: `Basic ${Buffer.from(`helpdesk:${SECRET}`).toString('base64')}` },
      form: { grant_type: 'client_credentials' },
    });
    const { access_token: token } = (await granted.json()) as { access_token: string };
    const output = execFileSync(process.execPath, ['administer.js', program.address, token, member?.name ?? ''], {
      cwd: folder,
      encoding: 'utf8',
    });
    const { said, called } = JSON.parse(output) as { said: string[]; called: string[] };
    expect(said).toEqual([
      'found 1, active',
      'by password, 1 session',
      '10 recovery codes, mails true, apps 0',
      `address ${member?.email}`,
      '0 sessions left',
      'disabled true',
      'enabled true',
      'factors go before the account: true',
      'deleting',
      'deletion_ordered,factor_reset_stopped,factor_reset_ordered,account_enabled,account_disabled,' +
        'signed_out_by_operator,address_change_request,role_taken,role_given,personal_data_shown',
      'from 127.0.0.0/24, masked 127.0.***',
      'audit_network,member,member,addresses,member',
    ]);
    const { paths } = JSON.parse(readFileSync(join(folder, 'openapi.json'), 'utf8')) as { paths: object };
    const ofMembers = Object.keys(paths).filter((path) => path.startsWith('/api/admin/members'));
    expect(
      ofMembers.filter((path) => !called.includes(path)),
      'nothing of the administration of a member is left out',
    ).toEqual([]);
    expect(await person.session(), 'signed out by the operator').toBeNull();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
