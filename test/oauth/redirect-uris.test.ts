import { system } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { flowTransports, ISSUER, locationOf, world } from './support.js'

const CB = 'https://client.test/cb'

describe.each(flowTransports)('redirect URIs $name', (over) => {
  /** A client with these redirect URIs, and what becomes of a request that names one. */
  const registered = async (applicationType: 'web' | 'native', ...redirectUris: readonly string[]) => {
    const w = await world({ over })
    const { client } = await w.auth.clients.create({ by: system, redirectUris, applicationType })
    const begin = (redirect_uri: string | undefined) =>
      w.auth.begin(w.asking(client.id, { redirect_uri, prompt: 'consent' }).request, w.alice)
    const refuses = async (uris: readonly string[]) => {
      for (const uri of uris) {
        const page = { kind: 'refused', reason: 'redirect_uri_mismatch', status: 400 }
        expect(await begin(uri), JSON.stringify(uri.slice(0, 80))).toMatchObject(page)
      }
    }
    const answer = async (uri: string | undefined) => {
      const ask = await begin(uri)
      if (ask.kind !== 'consent') throw new Error(`${ask.kind} for ${uri}`)
      const { response } = await w.auth.decide(ask.handle, { session: 's_1', subject: 'alice', approve: true })
      return locationOf(response)
    }
    return { ...w, client: client.id, begin, refuses, answer }
  }

  it('the registered one is taken as it is', async () => {
    const { answer } = await registered('web', CB)
    expect((await answer(CB))?.href.startsWith(`${CB}?code=`)).toBe(true)
  })

  it('A6.1 A6.2 A6.3 A6.4 another path, case, port or scheme is another address', async () => {
    const { refuses } = await registered('web', CB)
    await refuses([`${CB}/`, 'https://client.test/CB', `${CB}?`, `${CB}#`, `${CB}?x=1`, `${CB};x`])
    await refuses(['https://CLIENT.test/cb', 'HTTPS://client.test/cb'])
    await refuses(['https://client.test:443/cb', 'https://client.test:0443/cb', 'https://client.test:/cb'])
    await refuses(['http://client.test/cb'])
  })

  it('A6.6 A6.7 A6.8 A6.9 A6.11 what a URL parser would make of it does not count', async () => {
    const { refuses } = await registered('web', CB)
    await refuses(['https://client.test/%63b', `${CB}%00`, `${CB}%2f..%2fevil`, 'https://client.test/%252e%252e/cb'])
    await refuses(['https://client.test/x/../cb', 'https://client.test/./cb', 'https://client.test/%2e%2e/cb'])
    await refuses(['https://client.test\\cb', 'https:\\\\client.test\\cb', 'https:/client.test/cb'])
    await refuses(['https:client.test/cb', 'https:///client.test/cb', '//client.test/cb', '/cb'])
    await refuses(['https://client.test@evil.test/cb', 'https://evil.test@client.test/cb'])
    await refuses(['https://client.test%40evil.test/cb', 'https://@client.test/cb'])
    await refuses(['https://client.test.evil.test/cb', 'https://evilclient.test/cb', 'https://client.test./cb'])
    await refuses([
      ` ${CB}`,
      `\t${CB}`,
      `\ufeff${CB}`,
      `${CB}\n`,
      `${CB} `,
      'https://cli\tent.test/cb',
      'https://client.test/c\tb',
    ])
    await refuses(['https://ｃlient.test/cb', 'https://client。test/cb'])
  })

  it('A6.12 one of 100 KiB is refused by its length', async () => {
    const { auth, client, alice, refuses } = await registered('web', CB)
    await refuses([`${CB}${'/x'.repeat(2500)}`])
    const body = new URLSearchParams({ client_id: client, redirect_uri: CB + '/x'.repeat(50 * 1024) })
    const huge = new Request(`${ISSUER}/oauth/authorize`, { method: 'POST', body })
    expect(await auth.begin(huge, alice)).toMatchObject({ kind: 'refused', status: 400 })
  })

  it('A6.13 a registered query is part of it, and is kept in the answer', async () => {
    const { refuses, answer } = await registered('web', `${CB}?a=1`)
    await refuses([CB, `${CB}?a=1&b=2`, `${CB}?a=2`, `${CB}?`])
    expect((await answer(`${CB}?a=1`))?.href.startsWith(`${CB}?a=1&code=`)).toBe(true)
  })

  it('A6.14 it is no pattern', async () => {
    const { refuses } = await registered('web', 'https://foo.test/cb', 'https://b.test/(.*)')
    await refuses(['https://fooXtest/cb', 'https://foo-test/cb', 'https://b.test/anything'])
  })

  it('A6.16 it may be left out where there is one, and nowhere else', async () => {
    const one = await registered('web', CB)
    expect((await one.answer(undefined))?.href.startsWith(`${CB}?code=`)).toBe(true)
    const two = await registered('web', CB, 'https://client.test/other')
    expect(await two.begin(undefined)).toMatchObject({ kind: 'refused', reason: 'redirect_uri_missing' })
  })

  it('A6.17 A6.18 the port of a loopback address may be any, and nothing else of it', async () => {
    const { refuses, answer } = await registered('native', 'http://127.0.0.1/cb')
    for (const uri of [
      'http://127.0.0.1:49152/cb',
      'http://127.0.0.1:1/cb',
      'http://127.0.0.1/cb',
      'http://127.0.0.1:65535/cb',
    ]) {
      expect((await answer(uri))?.href.startsWith(`${uri}?code=`), uri).toBe(true)
    }
    await refuses(
      [':0', ':65536', ':99999', ':-1', ':8080x', ':８０８０', ':', ':1:2', ': 1'].map(
        (port) => `http://127.0.0.1${port}/cb`,
      ),
    )
    await refuses(['http://127.0.0.1:1/other', 'http://localhost:1/cb', 'http://[::1]:1/cb', 'http://127.0.0.2/cb'])
    await refuses(['http://127.1/cb', 'http://0x7f000001/cb', 'http://2130706433/cb', 'http://[::ffff:127.0.0.1]/cb'])
    await refuses(['http://0.0.0.0/cb', 'http://localhost.evil.test/cb', 'http://127.0.0.1.evil.test/cb'])
    await refuses([
      'http://127.0.0.1:80@evil.test/cb',
      'http://127.0.0.1:1/cb?',
      'http://127.0.0.1:1/cb#',
      'http://127.0.0.1:1/cb\n',
    ])
  })

  it('A6.19 only a native client has that slack, and only without TLS', async () => {
    const native = await registered('native', 'http://127.0.0.1/cb')
    await native.refuses(['https://127.0.0.1:1/cb', 'HTTP://127.0.0.1:1/cb'])
    const web = await registered('web', 'http://127.0.0.1/cb')
    await web.refuses(['http://127.0.0.1:1/cb', 'http://127.0.0.1:80/cb'])
    expect((await web.answer('http://127.0.0.1/cb'))?.href.startsWith('http://127.0.0.1/cb?')).toBe(true)
  })

  it('A6.21 the loopback of IPv6 has it in its one spelling', async () => {
    const { refuses, answer } = await registered('native', 'http://[::1]/cb')
    expect((await answer('http://[::1]:9/cb'))?.href.startsWith('http://[::1]:9/cb?code=')).toBe(true)
    await refuses([
      'http://[0:0:0:0:0:0:0:1]:9/cb',
      'http://[::1%25lo]:9/cb',
      'http://127.0.0.1:9/cb',
      'http://[::1]:0/cb',
    ])
  })

  it('A6.22 a private scheme is compared like all others', async () => {
    const { refuses, answer } = await registered('native', 'com.example.app:/cb')
    expect((await answer('com.example.app:/cb'))?.href.startsWith('com.example.app:/cb?code=')).toBe(true)
    await refuses(['com.example.app://cb', 'COM.example.app:/cb', 'com.example.app:/cb/', 'com.example.app:cb'])
  })

  it('A6.24 at the token endpoint it may be left out, and must not be another one', async () => {
    const { post, codeFor, publicClient } = await world({ over })
    const client = await publicClient()
    const { code, verifier } = await codeFor(client, {})
    const fields = { grant_type: 'authorization_code', client_id: client, code, code_verifier: verifier }
    for (const redirect_uri of ['https://client.test/other', `${CB}/`]) {
      const refused = await post('/oauth/token', { ...fields, redirect_uri })
      expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    }
    expect(await post('/oauth/token', { ...fields, redirect_uri: CB })).toMatchObject({ status: 200 })
    const other = await codeFor(client, {})
    const without = { ...fields, code: other.code, code_verifier: other.verifier }
    expect(await post('/oauth/token', without)).toMatchObject({ status: 200 })
  })
})
