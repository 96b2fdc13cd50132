import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { system } from 'tokenloop'
import type { AlertAction } from 'tokenloop/http'
import { mount } from 'tokenloop/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Around, around } from '../../src/store/around.js'
import { draft } from '../support/world.js'
import { github, PATH } from './github-support.js'

const hash = (text: string) => createHash('sha256').update(text).digest('hex')

async function issued(world: ReturnType<typeof github>, name = 'ci') {
  const { secret, token } = await world.tokens.issue({ ...draft, name })
  return { text: secret.reveal(), id: token.id }
}

describe('an alert of GitHub', () => {
  it('revokes the token, says by whom and why, tells the host, and answers what was real', async () => {
    const world = github()
    const { text, id } = await issued(world)
    const foreign = `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`
    const { status, headers, body } = await world.report([text, foreign])
    expect(status).toBe(200)
    expect(headers?.get('content-type')).toMatch(/^application\/json/)
    expect(body).toEqual([
      { token_hash: hash(text), token_type: 'acme_token', label: 'true_positive' },
      { token_hash: hash(foreign), token_type: 'acme_token', label: 'false_positive' },
    ])
    expect(await world.tokens.verify(text)).toMatchObject({ ok: false, reason: 'revoked' })
    expect((await world.tokens.get(id)).revoked).toMatchObject({
      by: { kind: 'system' },
      reason: 'found by GitHub secret scanning at https://github.com/octocat/hello/blob/1/a.txt',
    })
    expect(world.told).toMatchObject([
      { token: { id, status: 'active' }, ended: false, action: 'revoke', source: 'content' },
    ])
    expect(JSON.stringify([world.told, body])).not.toContain(text)
  })

  it('does what the policy says of each finding', async () => {
    const policy = ({ token }: { token: { name: string } }) => token.name as 'revoke' | 'pause' | 'notify'
    const world = github({ policy })
    const [a, b, c] = [await issued(world, 'revoke'), await issued(world, 'pause'), await issued(world, 'notify')]
    await world.report([a.text, b.text, c.text])
    const reasons = await Promise.all([a, b, c].map(async ({ text }) => await world.tokens.verify(text)))
    expect(reasons).toMatchObject([{ reason: 'revoked' }, { reason: 'paused' }, { ok: true }])
    expect(world.told.map(({ action }) => action).sort()).toEqual(['notify', 'pause', 'revoke'])
  })

  it('that comes again does no harm: nothing is revoked twice, and a secret that was rotated away ends nothing', async () => {
    const world = github()
    const { text, id } = await issued(world)
    const once = await world.report([text, text])
    const { revoked } = await world.tokens.get(id)
    expect((await world.report([text, text])).body).toEqual(once.body)
    expect((await world.tokens.get(id)).revoked).toEqual(revoked)
    expect((await world.tokens.audit({ token: id })).items.map(({ type }) => type)).toEqual([
      'token.revoked',
      'token.issued',
    ])
    expect(world.told.slice(2)).toMatchObject([
      { action: 'none', ended: true },
      { action: 'none', ended: true },
    ])

    const other = await issued(world, 'other')
    const next = await world.tokens.rotate(other.id, { by: system })
    expect((await world.report([other.text])).body).toMatchObject([{ label: 'true_positive' }])
    expect(world.told.at(-1)).toMatchObject({ token: { id: other.id }, ended: true, action: 'none' })
    expect(await world.tokens.verify(next.secret)).toMatchObject({ ok: true })
  })

  it('of a secret that overlaps its successor ends the token, and of one whose overlap is over it does not', async () => {
    const world = github()
    const { text, id } = await issued(world)
    const { secret } = await world.tokens.rotate(id, { by: system, overlap: '1h' })
    world.clock.advance('2h')
    expect((await world.report([text])).body).toMatchObject([{ label: 'true_positive' }])
    expect(await world.tokens.verify(secret)).toMatchObject({ ok: true })
    const again = await world.tokens.rotate(id, { by: system, overlap: '1h' })
    await world.report([secret.reveal()])
    expect(await world.tokens.verify(again.secret)).toMatchObject({ reason: 'revoked' })
  })

  it('is verified as GitHub’s own example is, down to the byte', async () => {
    const world = github()
    const kid = 'bcb53661c06b4728e59d897fb6165d5c9cda0fd9cdf9d09ead458168deb7518c'
    const point =
      'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYAGMWO8XgCamYKMJS6jc/qgvSlAd\nAjPuDPRcXU22YxgBrz+zoN19MzuRyW87qEt9/AmtoNP5GrobzUvQSyJFVw=='
    const key = `-----BEGIN PUBLIC KEY-----\n${point}\n-----END PUBLIC KEY-----\n`
    world.published.push({ key_identifier: kid, key, is_current: true })
    const body =
      '[{"source":"commit","token":"some_token","type":"some_type","url":"https://example.com/base-repo-url/"}]'
    const signature = 'MEQCIQDaMKqrGnE27S0kgMrEK0eYBmyG0LeZismAEz/BgZyt7AIfXt9fErtRS4XaeSt/AO1RtBY66YcAdjxji410VQV4xg=='
    const expected = [{ token_hash: hash('some_token'), token_type: 'some_type', label: 'false_positive' }]
    expect(await world.send(body, { kid, signature })).toMatchObject({ status: 200, body: expected })
    expect(await world.send(`${body} `, { kid, signature })).toMatchObject({ status: 403 })
  })

  it('comes through a server on which it is mounted in a line', async () => {
    const world = github()
    const { text } = await issued(world)
    const server = createServer(mount({ alerts: world.alerts })).listen(0)
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}${PATH}`, world.signed(JSON.stringify([world.match(text)])))
    expect(response.status).toBe(200)
    expect(await world.tokens.verify(text)).toMatchObject({ reason: 'revoked' })
  })
})

describe('what is no alert of GitHub', () => {
  const nothing = '[]'
  it.each<[string, Parameters<ReturnType<typeof github>['send']>, number, string]>([
    ['without a signature', [nothing, { signature: null }], 403, 'invalid_signature'],
    ['without a key id', [nothing, { kid: null }], 403, 'invalid_signature'],
    ['of a key that GitHub does not have', [nothing, { kid: 'k2' }], 403, 'invalid_signature'],
    ['by another key than it names', [nothing, { key: github().keys.k2.privateKey }], 403, 'invalid_signature'],
    ['with a signature that is none', [nothing, { signature: 'AAAA' }], 403, 'invalid_signature'],
    ['with a signature too long to be one', [nothing, { signature: 'A'.repeat(10_000) }], 403, 'invalid_signature'],
    ['by GET', [nothing, { method: 'GET' }], 405, 'method_not_allowed'],
    ['as a form', [nothing, { type: 'application/x-www-form-urlencoded' }], 415, 'unsupported_media_type'],
    ['without a type', [nothing, { type: null }], 415, 'unsupported_media_type'],
    ['compressed', [nothing, { headers: { 'content-encoding': 'gzip' } }], 415, 'unsupported_media_type'],
    ['without a body', ['', { type: null }], 400, 'invalid_json'],
    ['of a broken text', ['[{', {}], 400, 'invalid_json'],
    ['of bytes that are no UTF-8', [new Uint8Array([0x5b, 0x22, 0xff, 0x22, 0x5d]), {}], 400, 'invalid_json'],
    ['that names a member twice', ['[{"token":"a","type":"t","to\\u006ben":"b"}]', {}], 400, 'invalid_json'],
    ['that is very deep', ['['.repeat(100_000) + ']'.repeat(100_000), {}], 400, 'invalid_json'],
    ['that is no list', ['{"token":"a","type":"t"}', {}], 422, 'invalid_input'],
    ['without a type of a match', ['[{"token":"a"}]', {}], 422, 'invalid_input'],
    ['with a secret that is no text', ['[{"token":["a"],"type":"t"}]', {}], 422, 'invalid_input'],
  ])('%s, is refused', async (_, [body, sent], status, code) => {
    const world = github()
    expect(await world.send(body, sent)).toMatchObject({ status, body: { status, code } })
    expect(world.told).toEqual([])
  })

  it('of more bytes than are read, is refused whether it says so or not, and none is acted on', async () => {
    const world = github({ bodyLimit: 2000 })
    const { text } = await issued(world)
    const body = JSON.stringify([world.match(text, { more: 'x'.repeat(2000) })])
    const length = { headers: { 'content-length': String(body.length) } }
    for (const sent of [{}, length]) expect((await world.send(body, sent)).status).toBe(413)
    expect(await world.tokens.verify(text)).toMatchObject({ ok: true })
  })

  it('leaves other paths to others', async () => {
    const { send } = github()
    expect((await send('[]', { path: '/github' })).status).toBeUndefined()
    expect((await send('[]', { path: `${PATH}/` })).status).toBeUndefined()
    expect((await send('[]', { path: `${PATH}?x=1` })).status).toBe(200)
  })

  it('changes nothing by what GitHub may add, or leave out', async () => {
    const world = github()
    const [a, b] = [await issued(world, 'a'), await issued(world, 'b')]
    const odd = { url: `https://x.dev/\u202e\n?q=${'a'.repeat(600)}`, source: null, new_member: { deep: [1] } }
    const body = [world.match(a.text, odd), { token: b.text, type: 't', url: '' }]
    expect((await world.send(JSON.stringify(body))).status).toBe(200)
    for (const { id } of [a, b]) {
      expect((await world.tokens.get(id)).revoked).toMatchObject({ reason: 'found by GitHub secret scanning' })
    }
    expect(world.told.map(({ url, source }) => [url, source])).toContainEqual([null, null])
  })
})

describe('the keys of GitHub', () => {
  it('are asked for once for many alerts, by name, and again for a new one', async () => {
    const world = github()
    await Promise.all(Array.from({ length: 5 }, () => world.send('[]')))
    expect(world.meta.asked.map(({ url }) => url)).toEqual(['https://api.github.com/meta/public_keys/secret_scanning'])
    expect(world.meta.asked[0]?.headers.get('user-agent')).toBe('tokenloop')
    world.publish('k2')
    world.clock.advance('3m')
    expect((await world.send('[]', { kid: 'k2', key: world.keys.k2.privateKey })).status).toBe(200)
    expect(world.meta.asked).toHaveLength(2)
  })

  it('A15.3 are not asked for by a flood of made-up ones', async () => {
    const world = github()
    for (let i = 0; i < 50; i++) expect((await world.send('[]', { kid: `made-up-${i}` })).status).toBe(403)
    expect(world.meta.asked).toHaveLength(1)
  })

  const FAULTS: readonly [string, () => Response | Error][] = [
    ['nobody answers', () => new TypeError('fetch failed')],
    ['the answer is an error', () => new Response('', { status: 500 })],
    ['the answer leads elsewhere', () => new Response('', { status: 302, headers: { location: 'https://evil.test' } })],
    ['the answer is no JSON', () => new Response('<html>')],
    ['the answer is endless', () => new Response('x'.repeat(1_000_000))],
    ['the answer has no keys', () => Response.json({ public_keys: [] })],
    ['the keys are none', () => Response.json({ public_keys: [{ key_identifier: 'k1', key: 'x' }, 7, { key: 1 }] })],
  ]

  it.each(FAULTS)('A15.2 serve on while %s, and without any nothing is believed', async (_, fault) => {
    const world = github()
    const { text } = await issued(world)
    const { answer } = world.meta
    world.meta.answer = fault
    expect((await world.report([text])).status).toBe(503)
    expect(await world.tokens.verify(text)).toMatchObject({ ok: true })

    world.meta.answer = answer
    world.clock.advance('1h')
    expect((await world.send('[]')).status).toBe(200)
    world.meta.answer = fault
    world.clock.advance('29d')
    expect((await world.report([text])).status).toBe(200)
    world.clock.advance('2d')
    expect((await world.report([text])).status).toBe(503)
  })
})

describe('what fails on our side', () => {
  it('is 503 and told, once all other matches were dealt with; the same alert does the rest', async () => {
    let isAway = true
    const world = github({
      policy: ({ token }) => {
        if (isAway && token.name === 'a') throw new Error('the policy is away')
        return 'revoke'
      },
    })
    const [a, b] = [await issued(world, 'a'), await issued(world, 'b')]
    const refused = await world.report([a.text, b.text])
    expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(refused.headers?.get('retry-after')).toBe('1')
    expect(world.errors.map(String)).toContain('Error: the policy is away')
    expect(await world.tokens.verify(a.text)).toMatchObject({ ok: true })
    expect(await world.tokens.verify(b.text)).toMatchObject({ reason: 'revoked' })
    isAway = false
    expect((await world.report([a.text, b.text])).status).toBe(200)
    expect(await world.tokens.verify(a.text)).toMatchObject({ reason: 'revoked' })
  })

  it('of the store is 503, never a false alarm', async () => {
    let isAway = false
    const wrap: Around = (_, run) => (isAway ? Promise.reject(new Error('away')) : run())
    const world = github({ around: (store) => around(store, wrap) })
    const { text } = await issued(world)
    isAway = true
    expect((await world.report([text])).status).toBe(503)
    isAway = false
    expect((await world.report([text])).body).toMatchObject([{ label: 'true_positive' }])
  })

  it('of `notify` is 503, so that whoever must hear of it is told again', async () => {
    const world = github({ policy: 'notify', notify: () => Promise.reject(new Error('no mail')) })
    const { text } = await issued(world)
    expect((await world.report([text])).status).toBe(503)
  })

  it('a policy that says something else does nothing', async () => {
    const world = github({ policy: () => 'toString' as 'notify' })
    const { text } = await issued(world)
    expect((await world.report([text])).status).toBe(503)
    expect(await world.tokens.verify(text)).toMatchObject({ ok: true })
  })

  it.each([{ path: 'x' }, { policy: 'delete' }, { notify: 1 }, { bodyLimit: 0 }, { fetch: 1 }, { tokens: {} }])(
    'options %j are refused',
    (options) => {
      expect(() => github(options as object)).toThrow(/path|policy|notify|bodyLimit|fetch|tokens/)
    },
  )
})

it('many matches are dealt with, a few at a time', async () => {
  let running = 0
  let most = 0
  const world = github({
    policy: async (): Promise<AlertAction> => {
      most = Math.max(most, ++running)
      await Promise.resolve()
      running--
      return 'revoke'
    },
  })
  const all = []
  for (let i = 0; i < 200; i++) all.push(await issued(world, `t${i}`))
  const { body } = await world.report(all.map(({ text }) => text))
  expect(body).toEqual(
    all.map(({ text }) => ({ token_hash: hash(text), token_type: 'acme_token', label: 'true_positive' })),
  )
  expect(most).toBeLessThanOrEqual(8)
})
