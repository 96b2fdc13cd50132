import { system } from 'tokenloop'
import { countingStore, slowStore } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { credentialsIn } from '../../src/oauth/client-auth/credentials.js'
import { parseForm } from '../../src/oauth/parameters.js'
import { byAssertion } from './assertions.js'
import { type Answer, CALLBACK, ISSUER, world } from './support.js'

/** Of a client that is authenticated, for a code that is not valid: 400 `invalid_grant`. */
const FIELDS = { grant_type: 'authorization_code', code: 'none', code_verifier: 'x' }
const basic = (id: string, secret: string) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` })
const outcome = ({ status, body }: Answer) => [status, body.error]
const AUTHENTICATED = [400, 'invalid_grant']
const FAILED = [401, 'invalid_client']
const MALFORMED = [400, 'invalid_request']

const token = (made: Awaited<ReturnType<typeof world>>, fields = {}, headers = {}) =>
  made.post('/oauth/token', { ...FIELDS, ...fields }, headers).then(outcome)

describe('client authentication', () => {
  it('A10.1 two ways at once are refused, and so are two headers', async () => {
    const made = await world()
    const { id, secret, basic: header } = await made.confidentialClient()
    expect(await token(made, { client_secret: secret }, header)).toEqual(MALFORMED)
    expect(await token(made, byAssertion('a.b.c'), header)).toEqual(MALFORMED)
    expect(await token(made, { ...byAssertion('a.b.c'), client_id: id, client_secret: secret })).toEqual(MALFORMED)
    const twice = `${header.authorization}, ${header.authorization}`
    expect(await token(made, {}, { authorization: twice })).toEqual(MALFORMED)
    expect(await token(made, {}, header)).toEqual(AUTHENTICATED)
  })

  it('A10.2 HTTP Basic with the same client_id in the body is one way; with another one it is refused', async () => {
    const made = await world()
    const { id, basic: header } = await made.confidentialClient()
    const { id: other } = await made.confidentialClient()
    expect(await token(made, { client_id: id }, header)).toEqual(AUTHENTICATED)
    expect(await token(made, { client_id: other }, header)).toEqual(MALFORMED)
    expect(await token(made, { client_id: await made.publicClient() }, header)).toEqual(MALFORMED)
  })

  it('A10.3 a confidential client with nothing, or with an empty secret, fails', async () => {
    const made = await world()
    const { id } = await made.confidentialClient()
    expect(await token(made, { client_id: id })).toEqual(FAILED)
    expect(await token(made, { client_id: id, client_secret: '' })).toEqual(FAILED)
    expect(await token(made, {}, basic(id, ''))).toEqual(FAILED)
    for (const authorization of [
      'Basic Og==',
      'Basic OmE=',
      `Basic ${btoa(id)}`,
      'Basic !',
      'Bearer x',
      'Basic /w==',
    ]) {
      expect(await token(made, {}, { authorization }), authorization).toEqual(FAILED)
    }
    expect(await token(made)).toEqual(FAILED)
  })

  it('A10.4 each client authenticates by exactly the method that it is registered for', async () => {
    const made = await world()
    const open = await made.publicClient()
    const { id, secret } = await made.confidentialClient()
    const post = await made.auth.clients.create({
      by: system,
      redirectUris: [CALLBACK],
      authMethod: 'client_secret_post',
    })
    const inBody = { client_id: post.client.id, client_secret: post.secret?.reveal() }
    expect(await token(made, { client_id: open })).toEqual(AUTHENTICATED)
    expect(await token(made, { client_id: open, client_secret: secret })).toEqual(FAILED)
    expect(await token(made, {}, basic(open, secret))).toEqual(FAILED)
    expect(await token(made, { client_id: id, client_secret: secret })).toEqual(FAILED)
    expect(await token(made, inBody)).toEqual(AUTHENTICATED)
    expect(await token(made, {}, basic(inBody.client_id, inBody.client_secret ?? ''))).toEqual(FAILED)
    expect(await token(made, { client_id: id, client_secret: inBody.client_secret })).toEqual(FAILED)
  })

  it.each<[string, string, string, string]>([
    ['nothing to encode', 'c_1', 'cs_2', 'c_1:cs_2'],
    ['a colon, a percent sign and a plus', 'a:b', 'c%d+e', 'a%3Ab:c%25d%2Be'],
    ['a space as a plus', 'a b', 'c d', 'a+b:c+d'],
    ['a space as an octet', 'a b', 'c d', 'a%20b:c%20d'],
    ['characters beyond ASCII', '\u00a3\u20ac', '\u00e9', '%C2%A3%E2%82%AC:%C3%A9'],
    ['such characters as they are', '\u00e9', '\u20ac', '\u00e9:\u20ac'],
    ['a colon in the secret as it is', 'a', 'b:c', 'a:b:c'],
    ['an address', 'https://client.example/x?y=1', 's', 'https%3A%2F%2Fclient.example%2Fx%3Fy%3D1:s'],
    ['letters of either case in octets', '/', '/', '%2f:%2F'],
    ['an unreserved character as an octet', 'c_1', '~', 'c%5F1:%7E'],
  ])('A10.6 HTTP Basic has both halves form-encoded (RFC 6749 appendix B): %s', (_, id, secret, text) => {
    const authorization = `Basic ${Buffer.from(text).toString('base64')}`
    const form = parseForm('')
    if (form === undefined) throw new Error('no form')
    const sent = credentialsIn(new Request(ISSUER, { method: 'POST', headers: { authorization } }), form)
    expect(sent).toEqual({ method: 'client_secret_basic', id, secret })
  })

  it('A10.6 what is no such encoding fails, and a client may encode more than it has to', async () => {
    const made = await world()
    const { id, secret } = await made.confidentialClient()
    const octets = (text: string) => text.replaceAll('_', '%5F').replaceAll('c', '%63')
    expect(await token(made, {}, basic(octets(id), octets(secret)))).toEqual(AUTHENTICATED)
    for (const [a, b] of [
      [`${id}%`, secret],
      [id, `${secret}%`],
      [id, `${secret}%zz`],
      [`%ff${id}`, secret],
      [id, ` ${secret}`],
      [id, `${secret}+`],
    ]) {
      expect(await token(made, {}, basic(a as string, b as string))).toEqual(FAILED)
    }
  })

  it('A10.7 a secret in the address is not read', async () => {
    const made = await world()
    const { id, secret } = await made.confidentialClient()
    const query = new URLSearchParams({ client_id: id, client_secret: secret })
    expect(outcome(await made.post(`/oauth/token?${query}`, { ...FIELDS, client_id: id }))).toEqual(FAILED)
    expect(outcome(await made.post(`/oauth/token?${query}`, FIELDS))).toEqual(FAILED)
  })

  it('A10.8 secrets overlap for as long as the host says, and to the millisecond', async () => {
    const made = await world()
    const { id, secret } = await made.confidentialClient()
    const added = await made.auth.clients.addSecret(id, { by: system, overlap: '1h' })
    const after = added.secret.reveal()
    expect(await token(made, {}, basic(id, secret))).toEqual(AUTHENTICATED)
    expect(await token(made, {}, basic(id, after))).toEqual(AUTHENTICATED)
    made.clock.advance('1h')
    expect(await token(made, {}, basic(id, secret))).toEqual(FAILED)
    expect(await token(made, {}, basic(id, after))).toEqual(AUTHENTICATED)
    made.clock.set(made.clock.now() - 1)
    expect(await token(made, {}, basic(id, secret))).toEqual(AUTHENTICATED)
  })

  it('A3.3 an unknown client and a wrong secret get the same answer, at the same cost', async () => {
    const { post, confidentialClient, store, auth } = await world({ wrap: countingStore })
    const { id, secret } = await confidentialClient()
    const { secret: other } = await confidentialClient()
    const answers: (readonly unknown[])[] = []
    for (const [client, text] of [
      [id, other],
      ['c_unheardofunheardo', secret],
      [id, 'short'],
      ['c_unheardofunheardo', 'short'],
    ] as const) {
      const counted = store as ReturnType<typeof countingStore>
      counted.reset()
      const { status, headers, body } = await post('/oauth/token', FIELDS, basic(client, text))
      answers.push([status, [...headers], body, counted.total, counted.writes])
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]).toMatchObject([
      401,
      expect.arrayContaining([['www-authenticate', 'Basic realm="oauth"']]),
      { error: 'invalid_client' },
      1,
      0,
    ])
    expect(auth).toBeDefined()
  })

  it('the end of a client, or of its tenant, ends its authentication at once', async () => {
    const made = await world({ wrap: (store) => slowStore(store) })
    const { id, basic: header } = await made.confidentialClient()
    await made.auth.clients.suspend(id, { by: system })
    expect(await token(made, {}, header)).toEqual(FAILED)
    await made.auth.clients.resume(id, { by: system })
    expect(await token(made, {}, header)).toEqual(AUTHENTICATED)
    await made.auth.clients.delete(id, { by: system })
    expect(await token(made, {}, header)).toEqual(FAILED)
  })
})
