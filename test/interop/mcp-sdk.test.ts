import { type OAuthClientProvider, UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js'
import { describe, expect, it } from 'vitest'
import type { Api } from './host.js'
import { browse, served } from './support.js'

const CALLBACK = 'http://localhost:4712/callback'

/** An MCP server with one tool, which says for whom it acts. */
const mcp: Api = async (request, principal) => {
  const server = new McpServer({ name: 'things', version: '1.0.0' })
  server.registerTool('whoami', { description: 'For whom this acts' }, () => ({
    content: [{ type: 'text', text: principal.kind === 'grant' ? principal.subject : 'nobody' }],
  }))
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
  await server.connect(transport)
  return transport.handleRequest(request)
}

/** What an app that uses the SDK keeps; its user's browser is led where the SDK says. */
function app(document?: string): OAuthClientProvider & { location?: URL; held?: OAuthTokens | undefined } {
  let client: OAuthClientInformationMixed | undefined
  let verifier = ''
  return {
    redirectUrl: CALLBACK,
    ...(document !== undefined && { clientMetadataUrl: document }),
    clientMetadata: {
      client_name: 'Agent',
      redirect_uris: [CALLBACK],
      grant_types: ['authorization_code', 'refresh_token'],
    },
    state: () => 's-1',
    clientInformation: () => client,
    saveClientInformation(information) {
      client = information
    },
    tokens() {
      return this.held
    },
    saveTokens(tokens) {
      this.held = tokens
    },
    async redirectToAuthorization(address) {
      this.location = await browse(address)
    },
    saveCodeVerifier(text) {
      verifier = text
    },
    codeVerifier: () => verifier,
  }
}

type App = ReturnType<typeof app>

async function whoami(resource: string, authProvider: App): Promise<unknown> {
  const client = new Client({ name: 'agent', version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(new URL(resource), { authProvider }))
  const { content } = await client.callTool({ name: 'whoami', arguments: {} })
  await client.close()
  return content
}

/** Given the address of the API alone, until its user has allowed it. */
async function connect(resource: string, authProvider: App): Promise<void> {
  const transport = new StreamableHTTPClientTransport(new URL(resource), { authProvider })
  const refused = await new Client({ name: 'agent', version: '1.0.0' })
    .connect(transport)
    .catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(UnauthorizedError)
  expect(authProvider.location?.searchParams.get('state')).toBe('s-1')
  await transport.finishAuth(authProvider.location?.searchParams.get('code') ?? '')
}

const ALICE = [{ type: 'text', text: 'alice' }]

describe('the MCP SDK', () => {
  it('finds everything from the address of the API, registers, asks the user, and calls a tool', async () => {
    const { resource } = await served({ api: mcp, registration: { open: true } })
    const agent = app()
    await connect(resource, agent)
    expect(agent.held).toMatchObject({ token_type: 'Bearer', scope: 'things:read things:write' })
    expect(await whoami(resource, agent)).toEqual(ALICE)
  })

  it('refreshes by itself when its access token is not taken any more', async () => {
    const { resource } = await served({ api: mcp, registration: { open: true } })
    const agent = app()
    await connect(resource, agent)
    const before = agent.held
    agent.held = before && { ...before, access_token: 'worn-out' }
    expect(await whoami(resource, agent)).toEqual(ALICE)
    expect(agent.held?.refresh_token).not.toBe(before?.refresh_token)
  })

  it('is known by its metadata document, which names localhost without a port, and registers nothing', async () => {
    const document = 'https://agent.acme.dev/client.json'
    const redirect_uris = ['http://localhost/callback', 'http://127.0.0.1/callback']
    const grant_types = ['authorization_code', 'refresh_token']
    const known = { client_id: document, client_name: 'Agent', redirect_uris, grant_types }
    const fetched: string[] = []
    const fetch = async (address: string) => {
      fetched.push(address)
      return Response.json({ ...known, response_types: ['code'], token_endpoint_auth_method: 'none' })
    }
    const { resource } = await served({ api: mcp, metadataDocuments: { fetch } })
    const agent = app(document)
    await connect(resource, agent)
    expect(agent.clientInformation()).toMatchObject({ client_id: document })
    expect(fetched).toEqual([document])
    expect(await whoami(resource, agent)).toEqual(ALICE)
  })
})
