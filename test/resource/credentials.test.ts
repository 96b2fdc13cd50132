import { system } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { api, bearer, get, refusal } from './support.js'

const REALM = 'realm="https://api.acme.dev"'

describe('a request without a credential', () => {
  it('A2.1 is answered 401 with a challenge that names no error', async () => {
    expect(await refusal(api().guard.check(get()))).toEqual({
      reason: 'missing',
      status: 401,
      headers: {
        'cache-control': 'no-store',
        'content-type': 'application/json',
        'www-authenticate': `Bearer ${REALM}`,
      },
      body: '{"error":"unauthorized","error_description":"A credential is required"}',
    })
  })

  it.each(['', '   ', '\t'])('A1.1 is one whose credential is %j', async (empty) => {
    const { guard } = api()
    expect(await refusal(guard.check(get(['x-api-key', empty])))).toMatchObject({ reason: 'missing', status: 401 })
    expect(await refusal(guard.check(get(['authorization', empty])))).toMatchObject({ reason: 'missing', status: 401 })
  })

  it.each(['access_token', 'token', 'api_key', 'x-api-key'])('A2.9 is one with it in the query as %s', async (name) => {
    const { guard, issue } = api()
    const { text } = await issue()
    const request = new Request(`https://api.acme.dev/v1/issues?${name}=${text}`)
    expect(await refusal(guard.check(request))).toEqual(await refusal(guard.check(get())))
  })

  it('A2.9 and one in the query does not stand beside one in a header', async () => {
    const { guard, issue } = api()
    const [{ text }, other] = [await issue(), await issue()]
    const request = new Request(`https://api.acme.dev/v1/issues?access_token=${other.text}`, {
      headers: { authorization: `Bearer ${text}` },
    })
    expect(await guard.check(request)).toMatchObject({ ok: true })
  })

  it.each(['Basic', 'Token', 'ApiKey', 'DPoP', 'Digest', 'Bearers', 'XBearer', 'Bearer_', 'Bearer-Token'])(
    'A2.11 is one with it under the scheme "%s"',
    async (scheme) => {
      const { guard, issue } = api()
      const { text } = await issue()
      const encoded = Buffer.from(`${text}:`).toString('base64')
      for (const credentials of [text, encoded]) {
        const answer = await refusal(guard.check(get(['authorization', `${scheme} ${credentials}`])))
        expect(answer).toEqual(await refusal(guard.check(get())))
      }
    },
  )

  it('A2.11 is one with it in a place that the host did not name', async () => {
    const { guard, issue } = api({ from: ['x-loop-token'] })
    const { text } = await issue()
    for (const request of [bearer(text), get(['x-api-key', text]), get(['cookie', `x-loop-token=${text}`])]) {
      expect(await refusal(guard.check(request))).toMatchObject({ reason: 'missing', status: 401 })
    }
  })
})

describe('one credential', () => {
  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('A2.2 is taken under the scheme "%s"', async (scheme) => {
    const { guard, issue } = api()
    const { text, id } = await issue()
    const access = await guard.check(get(['authorization', `${scheme} ${text}`]), 'issues:read')
    expect(access).toMatchObject({ ok: true, principal: { tokenId: id }, freshness: 'immediate', headers: {} })
  })

  it.each(['x-api-key', 'X-API-Key'])('is taken from the header %s, named in any case', async (name) => {
    const { guard, issue } = api({ from: ['X-Api-Key'] })
    const { text } = await issue()
    expect(await guard.check(get([name, text]), ['issues:read'])).toMatchObject({ ok: true })
  })

  it('is taken from the header whatever another scheme says beside it', async () => {
    const { guard, issue } = api()
    const { text } = await issue()
    const request = get(['x-api-key', text], ['authorization', 'Basic dXNlcjpwYXNz'])
    expect(await guard.check(request)).toMatchObject({ ok: true })
  })

  it('is taken when it stands in both places', async () => {
    const { guard, issue } = api()
    const { text } = await issue()
    const request = get(['x-api-key', text], ['authorization', `Bearer ${text}`])
    expect(await guard.check(request)).toMatchObject({ ok: true })
  })

  it('is taken from whatever has headers as a Request has them', async () => {
    const { guard, issue } = api()
    const { text } = await issue()
    const lines: Record<string, string> = { 'x-api-key': text }
    expect(await guard.check({ headers: { get: (name) => lines[name] } })).toMatchObject({ ok: true })
    expect(await guard.check({ headers: { get: (name) => lines[name] ?? null } })).toMatchObject({ ok: true })
    expect(await guard.check({ headers: new Map([['authorization', `Bearer ${text}`]]) })).toMatchObject({ ok: true })
  })
})

describe('a request that carries more than one, or none that a client may send', () => {
  const INVALID_REQUEST = {
    reason: 'ambiguous',
    status: 400,
    headers: {
      'cache-control': 'no-store',
      'content-type': 'application/json',
      'www-authenticate': `Bearer ${REALM}, error="invalid_request", error_description="One well-formed credential is required"`,
    },
    body: '{"error":"invalid_request","error_description":"One well-formed credential is required"}',
  }

  it('is one with two different credentials, whichever of them would do', async () => {
    const { guard, issue, tokens } = api()
    const [one, two] = [await issue(), await issue()]
    await tokens.revoke(two.id, { by: system })
    for (const [first, second] of [
      [one.text, two.text],
      [two.text, one.text],
      [one.text, 'x'],
      ['x', one.text],
    ] as const) {
      const request = get(['x-api-key', first], ['authorization', `Bearer ${second}`])
      expect(await refusal(guard.check(request))).toEqual(INVALID_REQUEST)
    }
  })

  it.each(['Bearer', 'Bearer ', 'Bearer  ', 'bearer\t'])('A2.3 is %j alone', async (value) => {
    const { guard } = api()
    expect(await refusal(guard.check({ headers: new Map([['authorization', value]]) }))).toEqual(INVALID_REQUEST)
    expect(await refusal(guard.check(get(['authorization', value])))).toEqual(INVALID_REQUEST)
  })

  it('A2.4 is one with two lines of one header, the same or not', async () => {
    const { guard, issue } = api()
    const [{ text }, other] = [await issue(), await issue()]
    for (const second of [text, other.text, 'x']) {
      const lines = [
        get(['x-api-key', `${text},${second}`]),
        get(['authorization', `Bearer ${text},Bearer ${second}`]),
        get(['authorization', `Bearer ${text}`], ['authorization', `Bearer ${second}`]),
        get(['authorization', `Bearer ${text}`], ['authorization', `Basic ${second}`]),
        get(['authorization', `Basic ${second}`], ['authorization', `Bearer ${text}`]),
        get(['x-api-key', text], ['x-api-key', second]),
      ]
      for (const request of lines) expect(await refusal(guard.check(request))).toEqual(INVALID_REQUEST)
    }
  })

  it.each(['\t', '\u00a0', ' \t', ',', ', '])('A2.6 is one with %j where one space belongs', async (space) => {
    const { guard, issue } = api()
    const { text } = await issue()
    expect(await refusal(guard.check(bearer(`${text}${space}${text}`)))).toEqual(INVALID_REQUEST)
    if (space.includes(',')) return
    expect(await refusal(guard.check(get(['authorization', `Bearer${space}${text}`])))).toEqual(INVALID_REQUEST)
  })

  it.each(['\xe9', '\xff', '\x7f', '\x01'])('A2.6 is one with %j in it', async (character) => {
    const { guard, issue } = api()
    const { text } = await issue()
    const value = `${text.slice(0, 9)}${character}${text.slice(9)}`
    for (const headers of [new Map([['authorization', `Bearer ${value}`]]), new Map([['x-api-key', value]])]) {
      expect(await refusal(guard.check({ headers }))).toEqual(INVALID_REQUEST)
    }
  })

  it('A2.14 is one of 64 KiB', async () => {
    const { guard } = api()
    for (const filler of ['x', ',', ' ', ', bearer', '\t', 'Bearer ']) {
      const value = filler.repeat(64 * 1024).slice(0, 64 * 1024)
      expect(await refusal(guard.check(get(['x-api-key', `x${value}x`])))).toEqual(INVALID_REQUEST)
      expect(await refusal(guard.check(get(['authorization', `Bearer ${value}x`])))).toEqual(INVALID_REQUEST)
    }
  })

  it('is one whose host hands over a list of lines', async () => {
    const { guard, issue } = api()
    const { text } = await issue()
    for (const lines of [[text], [text, text], [], {}, 7, true]) {
      const headers = { get: (name: string) => (name === 'x-api-key' ? (lines as string) : null) }
      expect(await refusal(guard.check({ headers }))).toEqual(INVALID_REQUEST)
    }
  })
})
