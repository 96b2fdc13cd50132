import { createTokens, memoryStore, TokenloopError } from 'tokenloop'
import { type Acceptor, apiTokens, createGuard, type GuardRequest } from 'tokenloop/resource'
import { describe, expect, it } from 'vitest'
import { api, bearer, catalogue, get, refusal, type Scope } from './support.js'

const tokens = createTokens({ store: memoryStore(), catalogue, prefix: 'cl' })
const resource = 'https://api.acme.dev'

/** The code of the typed error that something throws, or rejects with. */
async function codeOf(act: () => unknown): Promise<string> {
  try {
    await act()
  } catch (error) {
    if (error instanceof TokenloopError) return error.code
    throw error
  }
  return 'nothing'
}

describe('createGuard', () => {
  it.each([
    '',
    'api',
    '/v1',
    'https://',
    'https://api.acme.dev/#a',
    'https://a.dev/ b',
    'https://caf\u00e9.dev',
    'https://a.dev/\r\nx: y',
    undefined,
    7,
  ])('refuses %j as the identifier of an API', async (value) => {
    const accept = [apiTokens(tokens)]
    expect(await codeOf(() => createGuard({ resource: value as string, catalogue, accept }))).toBe('invalid_option')
  })

  it.each(['https://api.acme.dev', 'https://api.acme.dev/mcp?x=1', 'http://localhost:3000', 'urn:acme:api'])(
    'takes "%s"',
    (value) => expect(createGuard({ resource: value, catalogue, accept: [apiTokens(tokens)] }).resource).toBe(value),
  )

  it('refuses to accept nothing', async () => {
    expect(await codeOf(() => createGuard({ resource, catalogue, accept: [] }))).toBe('invalid_option')
  })

  it('A20.17 reads its options once', async () => {
    const { tokens, issue } = api()
    const { text } = await issue()
    const from = ['x-api-key']
    const accept = [apiTokens(tokens, { from })]
    const options = { resource, catalogue, accept }
    const guard = createGuard(options)
    from.push('bearer')
    accept[0] = { from: ['x-api-key'], check: () => Promise.reject(new Error('never asked')) }
    accept.push(apiTokens(tokens, { from: ['bearer'] }))
    options.resource = 'https://evil.test'
    expect(Object.isFrozen(guard)).toBe(true)
    const { status, headers } = await refusal(guard.check(bearer(text)))
    expect([status, headers['www-authenticate']]).toEqual([401, `ApiKey realm="${resource}", header="x-api-key"`])
    expect(await guard.check(get(['x-api-key', text]))).toMatchObject({ ok: true })
  })
})

describe('apiTokens', () => {
  const WRONG = [
    [''],
    [' '],
    ['x api key'],
    ['x:y'],
    ['caf\u00e9'],
    ['authorization'],
    ['Cookie'],
    ['DPoP'],
    ['host'],
    [7],
    [null],
    [],
  ]
  it.each(WRONG)('refuses %j as a place', async (...from) => {
    expect(await codeOf(() => apiTokens(tokens, { from: from as string[] }))).toBe('invalid_option')
  })

  it('takes Bearer alone where no place is named', () => {
    expect(apiTokens(tokens).from).toEqual(['bearer'])
  })
})

describe('check', () => {
  it('throws for a scope that is not in the catalogue, whatever the request', async () => {
    const { guard } = api()
    expect(await codeOf(() => guard.check(get(), 'issues:raed' as Scope))).toBe('unknown_scope')
    expect(await codeOf(() => guard.check(get(), ['issues:read', 'x' as Scope]))).toBe('unknown_scope')
  })

  it.each([-1, 0.5, Number.NaN, { calls: -1 }])('throws for a cost of %j', async (cost) => {
    const { guard, issue } = api()
    const { text } = await issue()
    expect(await codeOf(() => guard.check(bearer(text), [], { cost }))).toBe('invalid_limit')
  })

  it.each([undefined, null, {}, { headers: {} }, { headers: { authorization: 'Bearer x' } }, 'GET /'])(
    'throws for %j, which is no request',
    async (request) => expect(await codeOf(() => api().guard.check(request as GuardRequest))).toBe('invalid_input'),
  )
})

describe('what an operation needs', () => {
  it('A20.18 is a scope or a list of them; one that went missing is a mistake, and not nothing', async () => {
    const { guard, issue } = api()
    const request = bearer((await issue()).text)
    for (const lost of [null, new Set(['issues:read']), {}, 0, false]) {
      expect(await codeOf(() => guard.check(request, lost as never)), String(lost)).toBe('invalid_input')
    }
    for (const wrong of ['', [null], [undefined]]) {
      expect(await codeOf(() => guard.check(request, wrong as never)), String(wrong)).toBe('unknown_scope')
    }
  })
})

describe('several kinds of tokens', () => {
  const guardOf = (...accept: Acceptor[]) => createGuard({ resource, catalogue, accept })

  it('share a place, each for its own', async () => {
    const [live, test] = [api({ tokens: { prefix: 'cl_live' } }), api({ tokens: { prefix: 'cl_test' } })]
    const guard = guardOf(apiTokens(live.tokens), apiTokens(test.tokens))
    for (const { issue } of [live, test]) {
      const { text, id } = await issue()
      expect(await guard.check(bearer(text))).toMatchObject({ ok: true, principal: { tokenId: id } })
    }
    const { text, id } = await test.issue()
    await test.tokens.revoke(id, { by: { kind: 'system' } })
    expect(await refusal(guard.check(bearer(text)))).toMatchObject({ reason: 'revoked', status: 401 })
    expect(await refusal(guard.check(bearer('cl_x')))).toMatchObject({ reason: 'malformed', status: 401 })
  })

  it('are taken from their own places alone', async () => {
    const [personal, machine] = [api({ tokens: { prefix: 'pat' } }), api({ tokens: { prefix: 'sa' } })]
    const guard = guardOf(
      apiTokens(personal.tokens, { from: ['bearer'] }),
      apiTokens(machine.tokens, { from: ['x-api-key'] }),
    )
    const [pat, sa] = [(await personal.issue()).text, (await machine.issue()).text]
    expect(await guard.check(bearer(pat))).toMatchObject({ ok: true })
    expect(await guard.check(get(['x-api-key', sa]))).toMatchObject({ ok: true })
    expect(await refusal(guard.check(bearer(sa)))).toMatchObject({ status: 401 })
    expect(await refusal(guard.check(get(['x-api-key', pat])))).toMatchObject({ status: 401 })
    expect(await refusal(guard.check(get(['x-api-key', sa], ['authorization', `Bearer ${pat}`])))).toMatchObject({
      status: 400,
    })
  })
})

describe('one guard', () => {
  it('A20.19 keeps a thousand requests at once apart', async () => {
    const { guard, issue } = api()
    const issued = await Promise.all(Array.from({ length: 100 }, () => issue()))
    const asked = Array.from({ length: 1000 }, (_, i) => issued[(i * 37) % 100])
    const seen = await Promise.all(asked.map((each) => guard.check(bearer(each?.text ?? ''), 'issues:read')))
    expect(seen.map((access) => access.ok && access.principal.tokenId)).toEqual(asked.map((each) => each?.id))
  })
})
