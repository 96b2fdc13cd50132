import { createPkce } from 'tokenloop'
import { Agent } from './agent.js'
import { Browser, type Page } from './browser.js'
import { fieldIn, Program } from './program.js'
import type { Report } from './report.js'

const TOKENS = '/settings/api-tokens'
const APPS = '/settings/connected-apps'
const OAUTH = '/api/auth/oauth2'
const CALLBACK = 'https://app.example/callback'

/** What is to be revoked in the end. */
export interface Given {
  readonly alice: Browser
  readonly script: Program
  readonly app: Program
  readonly agent: Agent
}

/** Alice signs in, makes a token, and lets an app and an agent act for her. */
export async function give(origin: string, report: Report): Promise<Given> {
  const alice = new Browser(origin)
  report.chapter('Alice signs in; the product has its own users, the library has none')
  await report.step({
    who: 'alice',
    asks: 'POST /login',
    does: async () => alice.submit(await alice.get('/login'), '/login', [['user', 'alice']]),
    status: 303,
    shows: 'a plain form, and a cookie',
  })
  const script = await makeToken(origin, alice, report)
  const app = await connectApp(origin, alice, report)
  const agent = await connectAgent(origin, alice, report)
  return { alice, script, app, agent }
}

async function makeToken(origin: string, alice: Browser, report: Report): Promise<Program> {
  report.chapter('An API token: a name, a lifetime, a secret that is shown once')
  const made = await report.step({
    who: 'alice',
    asks: `POST ${TOKENS}  name=CI pipeline, expires=90d`,
    does: async () =>
      alice.submit(await alice.get(TOKENS), TOKENS, [
        ['name', 'CI pipeline'],
        ['expires', '90d'],
      ]),
    status: 201,
    says: 'This is the only time that it is shown.',
    shows: 'the page has the secret in a banner, and no other page ever will',
  })
  const secret = /id="secret">([^<]+)</.exec(made.text)?.[1] ?? ''
  const script = new Program(origin, { 'x-api-key': secret })
  await report.step({
    who: 'script',
    asks: `GET /v1/me  x-api-key: ${secret}`,
    does: () => script.get('/v1/me'),
    status: 200,
    says: '"id":"alice"',
    shows: 'it opens the account',
  })
  await report.step({
    who: 'script',
    asks: 'POST /graphql  { streams { name } billing { plan } }',
    does: () => script.post('/graphql', { query: '{ streams { name } billing { plan } }' }),
    status: 200,
    says: '"plan":"Creator"',
    shows: 'over GraphQL too, with full access',
  })
  return script
}

async function connectApp(origin: string, alice: Browser, report: Report): Promise<Program> {
  report.chapter('An app registers itself, and asks Alice by OAuth 2.1 with PKCE')
  const anybody = new Program(origin, {})
  const registered = await report.step({
    who: 'app',
    asks: `POST ${OAUTH}/register`,
    does: () =>
      anybody.post(`${OAUTH}/register`, {
        client_name: 'Clip Maker',
        redirect_uris: [CALLBACK],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'none',
      }),
    status: 201,
    shows: 'nobody had to set it up',
  })
  const client_id = fieldIn(registered, 'client_id')
  const { verifier, challenge } = createPkce()
  const query = new URLSearchParams({
    response_type: 'code',
    client_id,
    redirect_uri: CALLBACK,
    scope: 'streamloop:read streamloop:destructive',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
  const asked = await report.step({
    who: 'alice',
    asks: `GET ${OAUTH}/authorize?…`,
    does: () => alice.get(`${OAUTH}/authorize?${query}`),
    status: 200,
    says: 'Clip Maker wants to use your Streamloop account',
    shows: 'the page says who asks, where the answer goes, and what may be allowed',
  })
  const allowed = await report.step({
    who: 'alice',
    asks: 'POST /api/auth/consent  allow streamloop:read, and not streamloop:destructive',
    does: () => answer(alice, asked, ['streamloop:read']),
    status: 303,
    shows: 'she allows some of it',
  })
  const code = new URL(allowed.location ?? CALLBACK).searchParams.get('code') ?? ''
  const redemption = {
    grant_type: 'authorization_code',
    client_id,
    code,
    code_verifier: verifier,
    redirect_uri: CALLBACK,
  }
  const set = await report.step({
    who: 'app',
    asks: `POST ${OAUTH}/token`,
    does: () => anybody.form(`${OAUTH}/token`, redemption),
    status: 200,
    says: '"scope":"streamloop:read"',
    shows: 'an ES256 JWT, and a refresh token that survives a lost answer',
  })
  const app = new Program(origin, { authorization: `Bearer ${fieldIn(set, 'access_token')}` })
  await report.step({
    who: 'app',
    asks: 'GET /v1/streams',
    does: () => app.get('/v1/streams'),
    status: 200,
    shows: 'it may do what it was allowed',
  })
  await report.step({
    who: 'app',
    asks: 'GET /v1/billing',
    does: () => app.get('/v1/billing'),
    status: 403,
    says: 'insufficient_scope',
    shows: 'and nothing else',
  })
  return app
}

const answer = (alice: Browser, asked: Page, scopes: readonly string[]): Promise<Page> =>
  alice.submit(asked, '/api/auth/consent', [
    ['answer', 'allow'],
    ...scopes.map((scope): [string, string] => ['scope', scope]),
  ])

async function connectAgent(origin: string, alice: Browser, report: Report): Promise<Agent> {
  report.chapter('An AI agent, the official MCP SDK, is given nothing but a URL')
  const browse = async ({ pathname, search, searchParams }: URL): Promise<URL> => {
    const asked = await alice.get(pathname + search)
    const wanted = (searchParams.get('scope') ?? '').split(' ').filter((scope) => !/destructive|billing/.test(scope))
    const scopes = agent.asked === 1 ? ['streamloop:read'] : wanted
    const { location } = await answer(alice, asked, scopes)
    return new URL(location ?? '', origin)
  }
  const agent = new Agent({ url: `${origin}/mcp`, name: 'Helpful Agent', browse })
  await report.step({
    who: 'agent',
    asks: `connect to ${origin}/mcp`,
    does: async () => {
      await agent.connect()
      return { status: 200, text: `tools: ${(await agent.tools()).join(', ')}` }
    },
    status: 200,
    shows: 'it found the authorization server, registered, and was allowed to read',
  })
  await report.step({
    who: 'agent',
    asks: 'call the tool streams',
    does: async () => ({ status: 200, text: await agent.call('streams') }),
    status: 200,
    says: 'Lofi beats',
    shows: 'a tool answers',
  })
  await report.step({
    who: 'agent',
    asks: 'call the tool createStream  name=Ocean waves',
    does: async () => ({ status: 200, text: await agent.call('createStream', { name: 'Ocean waves' }) }),
    status: 200,
    says: 'Ocean waves',
    shows: 'refused for want of streamloop:write, it asked Alice again, and keeps what it had',
  })
  return agent
}

/** Alice takes everything back, one by one: each is refused at its very next call. */
export async function takeBack({ alice, script, app, agent }: Given, origin: string, report: Report): Promise<void> {
  report.chapter('Alice looks at what she gave, and takes it back')
  const tokens = await report.step({
    who: 'alice',
    asks: `GET ${TOKENS}`,
    does: () => alice.get(TOKENS),
    status: 200,
    says: 'CI pipeline',
    shows: 'the list of her tokens',
  })
  await report.step({
    who: 'alice',
    asks: `POST ${TOKENS}/revoke`,
    does: () => alice.submit(tokens, `${TOKENS}/revoke`, [['id', idOf(tokens, 'Revoke CI pipeline')]]),
    status: 303,
    shows: 'she revokes the token',
  })
  await report.step({
    who: 'script',
    asks: 'GET /v1/me',
    does: () => script.get('/v1/me'),
    status: 401,
    shows: 'the very next request with it is refused',
  })
  await report.step({
    who: 'app',
    asks: 'GET /v1/me',
    does: () => app.get('/v1/me'),
    status: 200,
    shows: 'no app is touched by that',
  })
  const apps = await report.step({
    who: 'alice',
    asks: `GET ${APPS}`,
    does: () => alice.get(APPS),
    status: 200,
    says: 'Clip Maker',
    shows: 'the list of apps, with what each may do',
  })
  const bearer = new Program(origin, { authorization: `Bearer ${agent.accessToken}` })
  const calls = [
    ['Clip Maker', 'app', 'GET /v1/me', () => app.get('/v1/me')],
    ['Helpful Agent', 'agent', 'POST /mcp', () => bearer.post('/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/list' })],
  ] as const
  for (const [name, who, asks, does] of calls) {
    await report.step({
      who: 'alice',
      asks: `POST ${APPS}/revoke  ${name}`,
      does: () => alice.submit(apps, `${APPS}/revoke`, [['id', idOf(apps, `Disconnect ${name}`)]]),
      status: 303,
      shows: `she disconnects ${name}`,
    })
    await report.step({ who, asks, does, status: 401, shows: 'and its very next request is refused' })
  }
  await agent.close()
}

/** What a button of a page is about. */
const idOf = ({ text }: Page, label: string): string =>
  new RegExp(`popovertarget="revoke-([^"]+)" aria-label="${label}"`).exec(text)?.[1] ?? ''
