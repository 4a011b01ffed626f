import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { Agent, type Introduction } from '../fixtures/agent';
import { AgentHost } from '../fixtures/agent_host';
import { configuration, example } from '../fixtures/docs';
import type { Person } from '../fixtures/person';
import { freePorts } from '../fixtures/program';
import { RelyingParty } from '../fixtures/relying_party';
import { filled, texts } from '../fixtures/texts';
import { expect, test as base } from '../fixtures/test';

// An MCP server behind the gateway, as in docs/openid-provider.md, and agents with the client of the MCP SDK.

const documented = configuration('openid-provider.md', 'An MCP server behind the gateway');
const { consent, login } = texts.ko;

const test = base.extend<{ app: RelyingParty }, { agents: AgentHost; upstream: string }>({
  agents: [
    async ({}, use) => {
      const agents = await AgentHost.open();
      await use(agents);
      await agents.close();
    },
    { scope: 'worker' },
  ],

  upstream: [
    async ({}, use) => {
      const [port] = await freePorts(1);
      const server = spawn('node', [example('node/mcp.mjs')], {
        env: { ...process.env, PORT: `${port}` },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await createInterface(server.stdout)[Symbol.asyncIterator]().next();
      await use(`127.0.0.1:${port}`);
      server.kill();
    },
    { scope: 'worker' },
  ],

  settings: [async ({ agents }, use) => use(agents.settings), { scope: 'worker' }],

  config: [async ({ upstream }, use) => use(documented.replace('127.0.0.1:8081', upstream)), { scope: 'worker' }],

  app: async ({}, use) => {
    const app = await RelyingParty.open();
    await use(app);
    await app.close();
  },
});

/** Opens the agent's authorization request, signs in, and allows it; returns the code. */
async function allows(person: Person, agent: Agent, app: RelyingParty): Promise<string> {
  const { page } = person;
  const name = { app: 'Agent 007' };
  await page.goto(agent.sentTo?.href ?? '');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(filled(login.heading_for ?? '', name));
  await person.presses('google');
  await person.agreesAs('minji');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(filled(consent.heading ?? '', name));
  await page.getByRole('button', { name: consent.allow, exact: true }).click();
  await page.waitForURL((url) => url.origin === app.origin);
  return new URL(page.url()).searchParams.get('code') ?? '';
}

/** The member for whom the agent acts, as the server sees it. */
async function actsFor(client: Client): Promise<string> {
  const { content } = (await client.callTool({ name: 'whoami' })) as { content: { text: string }[] };
  return content[0]?.text ?? '';
}

const introductions: Record<string, Introduction> = {
  'by the document at its address': { redirectUri: '', document: AgentHost.document },
  'by registration': { redirectUri: '', registrationToken: /registration_token = "(\w+)"/.exec(documented)?.[1] },
};

for (const [way, introduction] of Object.entries(introductions)) {
  test(`an agent that is known ${way} finds the way, acts for a person, and refreshes`, async ({ person, program, app }) => {
    const address = `${program.origin}/mcp`;
    const agent = new Agent({ ...introduction, redirectUri: `${app.origin}/callback` });
    const first = agent.transport(address);
    await first.start();
    const hello = { jsonrpc: '2.0', method: 'ping', id: 1 } as const;
    await expect(first.send(hello)).rejects.toThrow(UnauthorizedError);
    expect(agent.sentTo?.searchParams.get('resource')).toBe(address);
    expect(agent.sentTo?.searchParams.get('scope')).toBe('read');
    await first.finishAuth(await allows(person, agent, app));
    await first.close();

    const client = await agent.connects(address);
    const { id } = (await person.session())?.user ?? {};
    expect(await actsFor(client)).toBe(id);
    const [given, sentTo] = [agent.tokens(), agent.sentTo];
    await program.advanceClock('3m');
    expect(await actsFor(client), 'it refreshes by itself').toBe(id);
    expect(agent.tokens()?.access_token).not.toBe(given?.access_token);
    expect(agent.tokens()?.refresh_token).not.toBe(given?.refresh_token);
    expect(agent.sentTo, 'nobody is asked').toBe(sentTo);

    await person.goes('/me');
    await person.signsOut();
    await expect(actsFor(client), 'what it was given ended with the session').rejects.toThrow(UnauthorizedError);
    expect(agent.sentTo, 'its person is asked again').not.toBe(sentTo);
    await client.close();
  });
}
