// An app that signs people in at Daemun, with Auth.js. Start `make run`, then:
//   npm ci && AUTH_SECRET=$(openssl rand -hex 32) node app.mjs
import { ExpressAuth, getSession } from '@auth/express';
import express from 'express';

const { DAEMUN = 'http://localhost:3000', PORT = '3999' } = process.env;
const daemun = {
  id: 'daemun',
  name: 'Daemun',
  type: 'oidc',
  issuer: DAEMUN,
  clientId: 'portal-client',
  client: { token_endpoint_auth_method: 'none' }, // A public client, with PKCE.
  checks: ['pkce', 'state', 'nonce'],
  idToken: false, // Name and picture are at userinfo, not in the ID token.
};
const config = { providers: [daemun], trustHost: true };

const app = express();
app.use('/auth', ExpressAuth(config));
app.get('/', async (request, response) => {
  const session = await getSession(request, config);
  if (session) response.type('text').send(`안녕하세요, ${session.user.name}님`);
  else response.send('<a href="/auth/signin">로그인</a>');
});
app.listen(PORT, () => console.log(`http://localhost:${PORT}`));
