import { describe, expect, it } from 'vitest'
import { api, bearer, get, refusal } from './support.js'

const STANDARD = '{"error":"invalid_token","error_description":"The credential is not valid"}'

describe('the body of a refusal', () => {
  it('is of the shape that the host gives it, which knows no more than the caller may', async () => {
    const seen: unknown[] = []
    const { guard, issue } = api({
      guard: {
        body: (refusal) => {
          seen.push(refusal)
          return { type: 'about:blank', status: refusal.status, title: refusal.error }
        },
      },
    })
    expect((await refusal(guard.check(bearer('x')))).body).toBe(
      '{"type":"about:blank","status":401,"title":"invalid_token"}',
    )
    const { text } = await issue()
    await guard.check(bearer(text), ['reports:read', 'issues:read'])
    await guard.check(get())
    expect(seen).toEqual([
      { status: 401, error: 'invalid_token', description: 'The credential is not valid' },
      {
        status: 403,
        error: 'insufficient_scope',
        description: 'The credential does not allow this',
        scopes: ['reports:read', 'issues:read'],
      },
      { status: 401, error: 'unauthorized', description: 'A credential is required' },
    ])
  })

  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  const BODIES: Readonly<Record<string, () => unknown>> = {
    'throws an error': () => {
      throw new Error('broken')
    },
    'throws null': () => {
      throw null
    },
    'answers undefined': () => undefined,
    'answers a function': () => () => {},
    'answers a symbol': () => Symbol('s'),
    'answers what is no JSON': () => 1n,
    'answers a circle': () => cyclic,
    'answers what throws when it is written': () => ({
      toJSON() {
        throw new Error('broken')
      },
    }),
    'answers what writes itself as nothing': () => ({ toJSON: () => undefined }),
    'never ends': () => new Promise(() => {}),
    'ends later': async () => ({ ok: true }),
    'fails later': async () => {
      throw new Error('broken')
    },
  }
  it.each(Object.entries(BODIES))('A20.18 is the standard one when the callback %s', async (_, body) => {
    const { guard } = api({ guard: { body } })
    expect(await refusal(guard.check(bearer('x')))).toMatchObject({ status: 401, body: STANDARD })
  })

  it('A20.18 is the standard one when the callback changes what it is given, and fails', async () => {
    const { guard } = api({
      guard: {
        body: (refusal) => {
          Object.assign(refusal, { error: 'none', status: 200 })
          throw new Error('broken')
        },
      },
    })
    expect(await refusal(guard.check(bearer('x')))).toMatchObject({ status: 401, body: STANDARD })
  })
})

describe('an answer', () => {
  it('A19.8 is not to be stored, whatever it says', async () => {
    const { guard, issue } = api()
    const spent = bearer((await issue({ limits: [{ name: 'calls', limit: 1 }] })).text)
    await guard.check(spent)
    const answers = [
      await refusal(guard.check(get())),
      await refusal(guard.check(bearer('a b'))),
      await refusal(guard.check(bearer('x'))),
      await refusal(guard.check(bearer((await issue()).text), 'reports:read')),
      await refusal(guard.check(spent)),
    ]
    expect(answers.map(({ status }) => status)).toEqual([401, 400, 401, 403, 429])
    for (const { headers } of answers) expect(headers).toMatchObject({ 'cache-control': 'no-store' })
  })

  it.each(['<b>x</b>', 'x"y', 'x\\y', 'x%22', 'caf\u00e9', 'x\ty', "x'y", '\u0000'])(
    'A19.16 says nothing that the caller sent: %j',
    async (sent) => {
      const { guard } = api()
      for (const [name, value] of [
        ['authorization', `Bearer ${sent}`],
        ['x-api-key', sent],
        ['authorization', `Bearer ${sent}, Bearer ${sent}`],
        ['authorization', sent],
      ] as const) {
        const { headers, body } = await refusal(guard.check({ headers: new Map([[name, value]]) }))
        expect(JSON.stringify(headers) + body).not.toContain(sent)
        expect(body).toMatch(/^[\x20\x21-\x7e]+$/)
        const [, description] = /error_description="(.*?)"/.exec(headers['www-authenticate'] ?? '') ?? []
        if (description !== undefined) expect(description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
      }
    },
  )

  it('A19.16 quotes the identifier of the API as a quoted-string', async () => {
    const { guard } = api({ guard: { resource: 'https://api.acme.dev/"a\\b"' } })
    const { headers } = await refusal(guard.check(get()))
    expect(headers['www-authenticate']).toBe('Bearer realm="https://api.acme.dev/\\"a\\\\b\\""')
  })

  it('challenges for the header where Bearer is not accepted', async () => {
    const { guard } = api({ from: ['x-loop-token', 'x-api-key'] })
    const challenge = 'ApiKey realm="https://api.acme.dev", header="x-loop-token x-api-key"'
    expect((await refusal(guard.check(get()))).headers['www-authenticate']).toBe(challenge)
    expect((await refusal(guard.check(get(['x-api-key', 'x'])))).headers['www-authenticate']).toBe(
      `${challenge}, error="invalid_token", error_description="The credential is not valid"`,
    )
  })

  it('can be sent in parts, and more than once', async () => {
    const access = await api().guard.check(get())
    if (access.ok) throw new Error('the request passed')
    expect(await access.response.text()).toBe(access.body)
    expect(await access.response.text()).toBe(access.body)
    expect(Object.fromEntries(access.response.headers)).toEqual(Object.fromEntries(new Headers(access.headers)))
  })
})
