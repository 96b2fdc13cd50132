import express5, { type Express } from 'express'
import express4 from 'express4'
import { type Mountable, mount, type NodeOptions, requireScopes } from 'tokenloop/express'
import { describe, expect, it } from 'vitest'
import { guarding, later, serve } from './support.js'

/** Answers below `/api`, with what it saw. */
const echo: Mountable = {
  async handle(request, { ip }) {
    const { pathname, search } = new URL(request.url)
    if (!pathname.startsWith('/api')) return undefined
    return Response.json({ path: pathname + search, ip, body: await request.text() })
  },
}

const JSON_BODY = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a": 1, "a": 2}' }

describe.each([
  ['4', express4],
  ['5', express5],
])('an app of Express %s', (_, express) => {
  /** An app, with what its own handler of errors was told. */
  async function app(make: (app: Express) => unknown) {
    const failures: unknown[] = []
    const app = express()
    make(app)
    app.use((_req, res) => void res.status(404).send('next'))
    const fail: express5.ErrorRequestHandler = (error, _req, res, _next) => {
      failures.push(error)
      res.status(500).send('failed')
    }
    app.use(fail)
    return { failures, ...(await serve(app)) }
  }

  it('A1.26 knows its callers by the rule of the app for its proxies, on routes and in what is mounted', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.1, 198.51.100.7' }
    for (const [trusted, ip] of [
      [false, '127.0.0.1'],
      [1, '198.51.100.7'],
      [2, '192.0.2.1'],
    ] as const) {
      const { guard, issue } = guarding()
      const { url } = await app((app) => {
        app.set('trust proxy', trusted)
        app.use(mount({ echo }))
        app.get('/guarded', requireScopes(guard, 'issues:read'), (_req, res) => void res.send('passed'))
      })
      expect(await (await fetch(`${url}/api`, { headers })).json()).toMatchObject({ ip })
      const [here, elsewhere] = [await issue({ networks: [ip] }), await issue({ networks: ['203.0.113.1'] })]
      expect((await fetch(`${url}/guarded`, { headers: { ...headers, ...here } })).status).toBe(200)
      expect((await fetch(`${url}/guarded`, { headers: { ...headers, ...elsewhere } })).status).toBe(401)
    }
  })

  it('hands over whole paths where the library is mounted under one', async () => {
    const { url } = await app((app) => app.use('/api', express.Router().use('/v1', mount({ echo }))))
    expect(await (await fetch(`${url}/api/v1/x?y=1`)).json()).toMatchObject({ path: '/api/v1/x?y=1' })
    expect(await (await fetch(`${url}/v1/x`)).text()).toBe('next')
  })

  it.each<[string, (app: Express, options: NodeOptions) => unknown]>([
    ['after the parsers', (app) => app.use(express.json({ strict: false }), express.urlencoded({ extended: true }))],
    ['after a parser of texts', (app) => app.use(express.text({ type: '*/*' }))],
    [
      'after something else has read the body',
      (app) => app.use((req, _res, next) => void req.on('end', next).resume()),
    ],
  ])('mounted %s says so to the handler of errors, where the library wants the body', async (_, parse) => {
    const { url, failures } = await app((app) => {
      parse(app, {})
      app.use(mount({ echo }))
    })
    const body = '{"secretive": 1}'
    const response = await fetch(`${url}/api`, { ...JSON_BODY, body })
    expect([response.status, await response.text()]).toEqual([500, 'failed'])
    expect(failures).toMatchObject([{ code: 'body_read', message: expect.stringContaining('before') }])
    expect(String(failures)).not.toContain('secretive')
    expect(await (await fetch(`${url}/elsewhere`, JSON_BODY)).text()).toBe('next')
    expect((await fetch(`${url}/api`)).status).toBe(200)
  })

  it.each<[string, (app: Express) => unknown]>([
    ['by a parser of raw bodies', (app) => app.use(express.raw({ type: '*/*' }))],
    [
      'as `rawBody`',
      (app) =>
        app.use(express.json({ verify: (req, _res, rawBody) => void Object.assign(req, { rawBody }), strict: false })),
    ],
    ['by nobody, where parsers come later', (app) => app.use(mount({ echo }), express.json())],
    ['by nobody, where a parser is for another type', (app) => app.use(express.urlencoded({ extended: false }))],
  ])('mounted after the bytes were kept %s gets them as they came', async (_, parse) => {
    const { url } = await app((app) => {
      parse(app)
      app.use(mount({ echo }, { bodyLimit: 20 }))
    })
    const ok = { ...JSON_BODY, body: '{"a": 1,   "b": 2}' }
    expect(await (await fetch(`${url}/api`, ok)).json()).toMatchObject({ body: ok.body })
  })

  it('takes no more of bytes that were kept than its limit', async () => {
    const { url } = await app((app) => app.use(express.raw({ type: '*/*' }), mount({ echo }, { bodyLimit: 3 })))
    expect((await fetch(`${url}/api`, { method: 'POST', body: 'four' })).status).toBe(413)
    expect(
      await (await fetch(`${url}/api`, { method: 'POST', body: new Blob(['abc']).stream(), duplex: 'half' })).json(),
    ).toMatchObject({ body: 'abc' })
  })

  it('leaves alone what something else is answering already, such as a time limit of the host', async () => {
    const answered = later<void>()
    const late: Mountable = {
      async handle() {
        setImmediate(() => setImmediate(answered.resolve))
        return new Response('late')
      },
    }
    const errors: unknown[] = []
    const { url, failures } = await app((app) => {
      app.use(async (_req, res, next) => {
        res.status(503).write('too ')
        next()
        await answered.promise
        res.end('slow')
      })
      app.use(mount({ late }, { onError: (error) => errors.push(error) }))
    })
    const response = await fetch(`${url}/x`)
    expect([response.status, await response.text()]).toEqual([503, 'too slow'])
    expect([failures, errors]).toEqual([[], []])
  })
})
