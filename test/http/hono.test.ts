import { Hono } from 'hono'
import { type Mountable, mount, requireScopes } from 'tokenloop/hono'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { guarding, type Scope } from './support.js'

/** Answers below `/api`, with what it saw. */
const echo: Mountable = {
  async handle(request, { ip }) {
    const { pathname } = new URL(request.url)
    if (!pathname.startsWith('/api')) return undefined
    return Response.json({ path: pathname, ip, body: await request.text() })
  },
}

const POST = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a": 1}' }

describe('an app of Hono', () => {
  it('hands over whole paths, under whatever it mounts the library', async () => {
    const app = new Hono().route('/api', new Hono().use(mount({ echo })))
    expect(await (await app.request('/api/v1/x')).json()).toMatchObject({ path: '/api/v1/x' })
    expect((await app.request('/v1/x')).status).toBe(404)
  })

  it('A1.26 knows its callers by what the host says, and by nothing else', async () => {
    const { guard, issue } = guarding()
    const headers = { 'x-forwarded-for': '192.0.2.1', 'x-real-ip': '192.0.2.1' }
    const ip = () => '198.51.100.7'
    const app = new Hono()
      .get('/guarded', requireScopes(guard, 'issues:read', { ip }), (c) => c.text('passed'))
      .get('/unknown', requireScopes(guard, 'issues:read'), (c) => c.text('passed'))
      .use(mount({ echo }, { ip }))
    expect(await (await app.request('/api', { headers })).json()).toMatchObject({ ip: '198.51.100.7' })
    const status = async (path: string, network: string) =>
      (await app.request(path, { headers: { ...headers, ...(await issue({ networks: [network] })) } })).status
    expect(await status('/guarded', '198.51.100.7')).toBe(200)
    expect(await status('/guarded', '192.0.2.1')).toBe(401)
    expect(await status('/unknown', '192.0.2.1')).toBe(401)
  })

  it('says so to its handler of errors where something read the body before the library, which wants it', async () => {
    const told: unknown[] = []
    const app = new Hono()
      .use(async (c, next) => {
        if (c.req.method === 'POST') await c.req.json()
        await next()
      })
      .use(mount({ echo }))
      .onError((error, c) => {
        told.push(error)
        return c.text('failed', 500)
      })
    const response = await app.request('/api', POST)
    expect([response.status, await response.text()]).toEqual([500, 'failed'])
    expect(told).toMatchObject([{ code: 'body_read' }])
    expect((await app.request('/elsewhere', POST)).status).toBe(404)
    expect((await app.request('/api')).status).toBe(200)
  })

  it('has a principal of the kinds that its guard takes, by type too, and the limits in every answer', async () => {
    const { guard, issue } = guarding()
    const app = new Hono()
      .get('/typed', requireScopes(guard, 'issues:read'), (c) => {
        expectTypeOf(c.var.principal.kind).toEqualTypeOf<'token'>()
        expectTypeOf(c.get('principal').scopes).toEqualTypeOf<readonly Scope[]>()
        return c.json(c.var.principal.owner)
      })
      .get('/plain', requireScopes(guard, 'issues:read'), () => new Response('plain'))
      .get('/fails', requireScopes(guard, 'issues:read'), () => {
        throw new Error('no')
      })
      .onError((_, c) => c.text('failed', 500))
    // @ts-expect-error a misspelt scope does not compile
    expect(() => requireScopes(guard, 'issues:raed')).not.toThrow()
    const headers = await issue({ limits: [{ name: 'calls', limit: 9, every: '1m' }] })
    for (const path of ['/typed', '/plain', '/fails']) {
      expect((await app.request(path, { headers })).headers.get('ratelimit'), path).toContain('"calls";r=')
    }
  })

  it('A2.8 refuses a token in a form beside one in a header, and leaves the form to the route', async () => {
    const { guard, issue } = guarding()
    const app = new Hono().post('/guarded', requireScopes(guard, 'issues:read'), async (c) =>
      c.json(await c.req.parseBody()),
    )
    const post = async (fields: Record<string, string>) =>
      app.request('/guarded', { method: 'POST', headers: await issue(), body: new URLSearchParams(fields) })
    expect((await post({ title: 'a', access_token: 'x' })).status).toBe(400)
    expect(await (await post({ title: 'a' })).json()).toEqual({ title: 'a' })
  })
})
