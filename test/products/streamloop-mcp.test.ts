import { describe, expect, it } from 'vitest'
import { Agent } from '../../examples/demo/agent.js'
import { App, cards, consented } from './streamloop-apps-support.js'
import { created, keyed, opened, submit } from './streamloop-support.js'
import { bearer, type Caller, paces, readable } from './support.js'

const APPS = '/settings/connected-apps'
const TOOLS = ['me', 'streams', 'playlists', 'billing', 'createStream', 'deleteStream']

/** An agent whose user allows these scopes, as often as they are asked. */
const agentOf = (user: Caller, now: () => number, scope?: readonly string[]) =>
  new Agent({
    url: `${user.origin}/mcp`,
    name: 'Test Agent',
    now,
    browse: ({ pathname, search }) => consented(user, pathname + search, scope ? { scope } : {}),
  })

const call = (name: string, input: object = {}, id = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: input },
})

const ask = (caller: Caller, message: unknown) =>
  caller.with({ accept: 'application/json, text/event-stream' }).post('/mcp', message)

describe.each(paces)('the MCP server of Streamloop, store: $name', ({ make }) => {
  it('SL15 an agent given nothing but the URL connects, is allowed, and calls a tool', async () => {
    const { alice, clock } = await opened(make)
    const agent = agentOf(alice, clock.now)
    await agent.connect()
    expect(await agent.tools()).toEqual(TOOLS)
    expect(JSON.parse(await agent.call('me'))).toMatchObject({ id: 'alice', through: { kind: 'app' } })
    expect(JSON.parse(await agent.call('streams')).data).toHaveLength(3)
    const { id } = JSON.parse(await agent.call('createStream', { name: 'Waves' }))
    expect(JSON.parse(await agent.call('deleteStream', { id }))).toEqual({ deleted: true })
    expect(agent.asked).toBe(1)
    expect(readable(cards(await alice.get(APPS))[0] ?? '')).toMatch(/^Test Agent .*Last used just now/)
    await agent.close()
  })

  it('SL15 a tool whose scope was not granted is not callable, until its user allows that too', async () => {
    const { alice, clock } = await opened(make)
    const agent = agentOf(alice, clock.now, ['streamloop:read', 'streamloop:billing'])
    await agent.connect()
    await agent.call('streams')
    const before = bearer(alice.origin, agent.accessToken ?? '')
    const refused = await ask(before, call('createStream', { name: 'Waves' }))
    expect(refused).toMatchObject({ status: 403, json: { error: 'insufficient_scope' } })
    expect(refused.headers.get('www-authenticate')).toContain(
      'scope="streamloop:read streamloop:billing streamloop:write"',
    )
    const batch = [call('me'), call('deleteStream', { id: 'stream_1' }, 2)]
    expect((await ask(before, batch)).status).toBe(403)
    expect(JSON.parse(await agent.call('streams')).data).toHaveLength(3)
    await expect(agent.call('createStream', { name: 'Waves' })).rejects.toThrow()
    expect(JSON.parse(await agent.call('streams')).data).toHaveLength(3)
    await agent.close()
  })

  it('SL15 an agent that needs more steps up, and keeps what it had', async () => {
    const { alice, clock } = await opened(make)
    const allowed: string[][] = []
    const agent = new Agent({
      url: `${alice.origin}/mcp`,
      name: 'Test Agent',
      now: clock.now,
      browse: ({ pathname, search, searchParams }) => {
        const scope = allowed.length === 0 ? ['streamloop:read'] : (searchParams.get('scope') ?? '').split(' ')
        allowed.push(scope)
        return consented(alice, pathname + search, { scope })
      },
    })
    await agent.connect()
    expect(JSON.parse(await agent.call('createStream', { name: 'Waves' }))).toMatchObject({ name: 'Waves' })
    expect(allowed).toEqual([['streamloop:read'], ['streamloop:read', 'streamloop:write']])
    expect(JSON.parse(await agent.call('streams')).data).toHaveLength(4)
    expect(agent.asked).toBe(2)
    await agent.close()
  })

  it('SL15 an agent survives the expiry of its access token without asking, and is out at once when its user says so', async () => {
    const { alice, clock } = await opened(make, { access: '5s' })
    const agent = agentOf(alice, clock.now)
    await agent.connect()
    await agent.call('me')
    const first = agent.accessToken ?? ''
    for (let round = 0; round < 3; round++) {
      clock.advance('10s')
      expect((await ask(bearer(alice.origin, first), call('me'))).status).toBe(401)
      expect(JSON.parse(await agent.call('me')).id).toBe('alice')
    }
    expect(agent.asked).toBe(1)
    expect(agent.accessToken).not.toBe(first)

    const [, id = ''] = /popovertarget="revoke-([^"]+)"/.exec((await alice.get(APPS)).text) ?? []
    const last = agent.accessToken ?? ''
    await submit(alice, `${APPS}/revoke`, { id })
    expect((await ask(bearer(alice.origin, last), call('me'))).status).toBe(401)
    await agent.call('me')
    expect(agent.asked).toBe(2)
    await agent.close()
  })

  it('SL15 MCP takes OAuth alone: no API token and no session', async () => {
    const { alice, nobody, origin } = await opened(make)
    const secret = await created(alice)
    for (const caller of [nobody, alice, keyed(origin, secret), bearer(origin, secret), bearer(origin, 'nonsense')]) {
      for (const reply of [await ask(caller, call('me')), await caller.get('/mcp'), await caller.delete('/mcp')]) {
        expect(reply.status).toBe(401)
        expect(reply.headers.get('www-authenticate')).toContain(
          `resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`,
        )
      }
    }
  })

  it('SL15 a token for the API as a whole opens MCP, and one for MCP does not open the API', async () => {
    const { alice, origin } = await opened(make)
    const app = await App.registered(origin)
    const whole = bearer(origin, (await app.connected(alice)).access_token)
    expect(await ask(whole, call('me'))).toMatchObject({
      status: 200,
      json: { result: { content: expect.anything() } },
    })
    expect((await whole.get('/mcp')).status).toBe(405)
    expect((await ask(whole, call('billing'))).status).toBe(403)
    expect((await ask(whole, { jsonrpc: '2.0', id: 1, method: 'tools/list' })).status).toBe(200)
    expect((await whole.send('POST', '/mcp', '{', 'application/json')).status).toBeGreaterThanOrEqual(400)

    const narrow = bearer(origin, (await app.connected(alice, { resource: `${origin}/mcp` })).access_token)
    expect((await ask(narrow, call('me'))).status).toBe(200)
    expect((await narrow.get('/v1/me')).status).toBe(401)
  })
})
