// An MCP server behind Daemun's gateway: `npm ci && node mcp.mjs`. The member is in the headers; the agent's token does not reach it.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';

/** A server with the tools, for one request of one member. */
function serverFor(member) {
  const server = new McpServer({ name: 'orders', version: '1.0.0' });
  server.registerTool('whoami', { description: 'Says for which member the agent acts' }, () => ({
    content: [{ type: 'text', text: member }],
  }));
  return server;
}

const app = express();
app.post('/mcp', express.json(), async (request, response) => {
  const server = serverFor(request.get('x-member-id'));
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  response.on('close', () => server.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, request.body);
});
const port = Number(process.env.PORT ?? 8081);
app.listen(port, '127.0.0.1', () => console.log('ready'));
