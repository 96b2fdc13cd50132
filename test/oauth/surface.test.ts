import { describe, expect, it } from 'vitest'
import { flowTransports, ISSUER, world } from './support.js'

const FORM = 'application/x-www-form-urlencoded'
const REFRESH = 'grant_type=refresh_token&refresh_token=x'

describe.each(flowTransports)('the endpoints $name', (over) => {
  const token = async () => {
    const w = await world({ over })
    const client = await w.publicClient()
    const body = `${REFRESH}&client_id=${client}`
    const call = async (init: RequestInit, path = '/oauth/token') => {
      const response = await w.call(path, { method: 'POST', ...init })
      const text = await response.text()
      return { status: response.status, headers: response.headers, text, error: text && JSON.parse(text).error }
    }
    return { ...w, client, body, sendTo: call }
  }

  it('A19.1 are asked by their own method alone, and say which', async () => {
    const { sendTo, call } = await token()
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD']) {
      const response = await sendTo({ method })
      expect(response.status, method).toBe(405)
      expect(response.headers.get('allow')).toBe('POST')
    }
    const jwks = await call('/oauth/jwks', { method: 'POST' })
    expect([jwks.status, jwks.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('A19.2 read forms alone, and leave any other body unread', async () => {
    const { sendTo, body } = await token()
    const types = [
      'application/json',
      'multipart/form-data; boundary=x',
      'text/plain',
      '',
      `${FORM}-evil`,
      `${FORM}, application/json`,
      `application/json, ${FORM}`,
    ]
    for (const type of types) {
      const response = await sendTo({ headers: type === '' ? {} : { 'content-type': type }, body: Buffer.from(body) })
      expect([response.status, response.error], type).toEqual([400, 'invalid_request'])
    }
    expect((await sendTo({ headers: { 'content-type': `${FORM}; charset=UTF-8` }, body })).error).toBe('invalid_grant')
  })

  it('A19.3 read UTF-8 exactly, and replace nothing', async () => {
    const { sendTo, client } = await token()
    const refused = [
      [`${FORM}; charset=utf-16`, `${REFRESH}&client_id=${client}`],
      [`${FORM}; charset=utf-8; charset=utf-16`, `${REFRESH}&client_id=${client}`],
      [FORM, `${REFRESH}&client_id=${client}&x=%zz`],
      [FORM, `${REFRESH}&client_id=${client}&x=%`],
      [FORM, `${REFRESH}&client_id=${client}&x=%ff`],
    ] as const
    for (const [type, body] of refused) {
      const response = await sendTo({ headers: { 'content-type': type }, body })
      expect([response.status, response.error], `${type} ${body}`).toEqual([400, 'invalid_request'])
    }
    const raw = Buffer.concat([Buffer.from(`${REFRESH}&client_id=${client}&x=`), Buffer.from([0xff])])
    expect((await sendTo({ headers: { 'content-type': FORM }, body: raw })).error).toBe('invalid_request')
    // A semicolon is a character like any other: this is one parameter.
    const semicolon = `grant_type=refresh_token;client_id=${client}&refresh_token=x&client_id=${client}`
    expect((await sendTo({ headers: { 'content-type': FORM }, body: semicolon })).error).toBe('unsupported_grant_type')
    const plus = `grant_type=refresh%5Ftoken&refresh_token=+x%20&client_id=${client}`
    expect((await sendTo({ headers: { 'content-type': FORM }, body: plus })).error).toBe('invalid_grant')
  })

  it('A19.4 take no parameter twice', async () => {
    const { post, client } = await token()
    const fields = { grant_type: 'authorization_code', client_id: client, code: 'a', code_verifier: 'b', scope: 'read' }
    for (const name of [...Object.keys(fields), 'refresh_token']) {
      const twice = { ...fields, [name]: ['a', 'a'] }
      expect(await post('/oauth/token', twice), name).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    }
  })

  it('A19.6 take no encoded body', async () => {
    const { sendTo, body } = await token()
    for (const encoding of ['gzip', 'br', 'identity, gzip']) {
      const headers = { 'content-type': FORM, 'content-encoding': encoding }
      expect((await sendTo({ headers, body })).status, encoding).toBe(415)
    }
  })

  it('A19.7 do not see what is in the query', async () => {
    const { sendTo, client } = await token()
    const query = `?${REFRESH}&client_id=${client}`
    const response = await sendTo(
      { headers: { 'content-type': FORM }, body: `client_id=${client}` },
      `/oauth/token${query}`,
    )
    expect([response.status, response.error]).toEqual([400, 'invalid_request'])
    expect((await sendTo({ method: 'GET' }, `/oauth/token${query}`)).status).toBe(405)
  })

  it('A19.8 let nobody keep, frame or sniff an answer, errors included', async () => {
    const { call, connect, client, asking, auth, alice } = await token()
    const granted = await connect(client)
    const refused = await call('/oauth/token', { method: 'POST' })
    const denied = await auth.begin(asking(client, { scope: 'nope' }).request, alice)
    const redirect = denied.kind === 'redirect' ? denied.response : undefined
    for (const headers of [granted.headers, refused.headers, redirect?.headers]) {
      expect(headers?.get('cache-control')).toBe('no-store')
      expect(headers?.get('x-content-type-options')).toBe('nosniff')
      expect(headers?.get('referrer-policy')).toBe('no-referrer')
      expect(headers?.get('x-frame-options')).toBe('DENY')
      expect(headers?.get('content-security-policy')).toContain("frame-ancestors 'none'")
    }
  })

  it('A19.11 are open to pages of other origins, which see the headers that they need', async () => {
    const { call, sendTo, body } = await token()
    for (const response of [await sendTo({ headers: { 'content-type': FORM }, body }), await call('/oauth/jwks')]) {
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(response.headers.has('access-control-allow-credentials')).toBe(false)
      const exposed = response.headers.get('access-control-expose-headers')?.split(', ')
      expect(exposed).toEqual(['WWW-Authenticate', 'DPoP-Nonce', 'Retry-After'])
    }
    const headers = { origin: 'https://page.test', 'access-control-request-method': 'POST' }
    const preflight = await call('/oauth/token', { method: 'OPTIONS', headers })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-methods')).toBe('POST')
    expect(preflight.headers.get('access-control-allow-headers')).toBe('Authorization, Content-Type, DPoP')
    const device = await call('/oauth/device', { method: 'OPTIONS', headers })
    expect([device.status, device.headers.has('access-control-allow-origin')]).toEqual([405, false])
  })

  it('A19.14 leave what is not quite their path to the host', async () => {
    const { auth } = await token()
    const paths = [
      '//oauth/token',
      '/OAUTH/TOKEN',
      '/oauth/token/',
      '/oauth/token%2f',
      '/oauth//token',
      '/oauth/%74oken',
    ]
    for (const path of [...paths, '/oauth/authorize', '/device', '/', '/.well-known/', '/oauth/toString']) {
      const asked = new Request(ISSUER + path, { method: 'POST', headers: { 'content-type': FORM }, body: REFRESH })
      expect(await auth.handle(asked), path).toBeUndefined()
    }
  })

  it('A19.16 A19.19 answer JSON of their own words, whatever was sent and is accepted', async () => {
    const { post, client } = await token()
    const evil = '<b>"\\é\u2028'
    const fields = { grant_type: evil, client_id: client, code: evil, scope: evil, redirect_uri: evil }
    for (const sent of [fields, { ...fields, grant_type: 'authorization_code' }, { ...fields, client_id: evil }]) {
      const response = await post('/oauth/token', sent, { accept: 'text/html' })
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(JSON.stringify(response.body)).not.toContain('<')
      expect(response.body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
    }
  })

  it('A19.17 split no header', async () => {
    const { authorize, client } = await token()
    const { ask, location } = await authorize(client, { state: 'a\r\nSet-Cookie: b=c' })
    expect(ask.kind).toBe('consent')
    expect(location?.searchParams.get('state')).toBe('a\r\nSet-Cookie: b=c')
    const refused = await authorize(client, { scope: 'read\r\nX: y', state: '\r\n\r\nHTTP/1.1 200' })
    expect(refused.location?.href).not.toMatch(/[\r\n]/)
    expect(refused.location?.searchParams.get('error')).toBe('invalid_scope')
  })

  it('A19.18 answer HEAD as they answer GET, without a body, and do nothing for OPTIONS', async () => {
    const { call, bare, client } = await token()
    const before = await bare.get('client', client)
    for (const path of ['/oauth/jwks', '/.well-known/openid-configuration']) {
      const [head, get] = [await call(path, { method: 'HEAD' }), await call(path)]
      expect(await head.text()).toBe('')
      expect(head.status).toBe(200)
      for (const name of ['content-type', 'cache-control']) expect(head.headers.get(name)).toBe(get.headers.get(name))
    }
    expect((await call('/oauth/token', { method: 'OPTIONS' })).status).toBe(405)
    expect(await bare.get('client', client)).toEqual(before)
  })

  it('say to the host which rule refused, and on the wire only the code', async () => {
    const { auth, body, events } = await token()
    const init = { method: 'POST', headers: { 'content-type': FORM } }
    const made = await world()
    const request = new Request(`${ISSUER}/oauth/token`, { ...init, body: 'grant_type=refresh_token&client_id=c_none' })
    const response = await made.auth.handle(request)
    if (response === undefined) throw new Error('not answered')
    expect(made.auth.explain(response)).toEqual({
      endpoint: 'token',
      rule: 'client_unknown',
      error: 'invalid_client',
      description: 'The client could not be authenticated',
      detail: 'c_none',
    })
    expect(await response.text()).not.toContain('c_none')
    await auth.handle(new Request(`${ISSUER}/oauth/token`, { ...init, body }))
    expect(events.at(-1)).toMatchObject({ type: 'oauth.refused', detail: { rule: 'refresh_unknown' } })
    const fine = await made.auth.handle(new Request(`${ISSUER}/oauth/jwks`))
    expect(fine && made.auth.explain(fine)).toBeUndefined()
  })

  it('A20.9 A20.11 an event repeats nothing from outside that breaks a log, nor a secret that stands in the place of an id', async () => {
    const { auth, post, events, alice, confidentialClient, publicClient, connect } = await world()
    const { id, secret } = await confidentialClient()
    const { body } = await connect(await publicClient())
    const told = () => events.at(-1)?.detail?.about
    const token = (client_id: string) => post('/oauth/token', { grant_type: 'refresh_token', client_id })
    for (const swapped of [secret, String(body.refresh_token)]) {
      await post('/oauth/token', { grant_type: 'x' }, { authorization: `Basic ${btoa(`${swapped}:${id}`)}` })
      expect(told()).toBe('a credential')
      await auth.exchange({ clientId: swapped, secret: id })
      expect(told()).toBe('a credential')
    }
    await token('x\n\u001b[31mfine\u2028\u202e')
    expect(told()).toBe('x\ufffd\ufffd[31mfine\ufffd\ufffd')
    await token('x'.repeat(60_000))
    expect(String(told())).toHaveLength(500)
    const ask = await auth.begin(
      new Request(`${ISSUER}/oauth/authorize?a%0Ab=1`, { method: 'POST', body: new URLSearchParams('c=1') }),
      alice,
    )
    expect(auth.explain(ask)).toMatchObject({ rule: 'parameter_conflict', detail: 'a\ufffdb' })
  })
})
