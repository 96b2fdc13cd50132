import { describe, expect, it } from 'vitest'
import { freshDatabase, shared } from '../support/places.js'
import { created, csrfOf, encoded, idOf, keyed, opened, PAGE, rows, submit } from './streamloop-support.js'
import { type Caller, paces, readable, signedIn, started } from './support.js'

const APPS = '/settings/connected-apps'

describe.each(paces)('the pages of Streamloop, store: $name', ({ make }) => {
  it('take a form only from the session that was shown it, on their own site', async () => {
    const { alice, origin } = await opened(make)
    const secret = await created(alice)
    const stolen = { csrf: await csrfOf(await signedIn(origin, 'alice')) }
    const forms = [
      [PAGE, { name: 'Mine', expires: '90d' }],
      [`${PAGE}/revoke`, { id: idOf(secret) }],
      [`${APPS}/revoke`, { id: 'g_1' }],
    ] as const
    for (const [path, fields] of forms) {
      for (const csrf of [{}, { csrf: '' }, stolen]) {
        expect((await alice.send('POST', path, encoded({ ...fields, ...csrf }))).status).toBe(403)
      }
      for (const headers of [
        { origin: 'https://evil.example' },
        { 'sec-fetch-site': 'same-site' },
        { origin: 'null' },
      ]) {
        expect((await submit(alice.with(headers), path, fields)).status).toBe(403)
      }
      expect((await alice.post(path, fields)).status).toBe(403)
    }
    expect((await keyed(origin, secret).get('/v1/me')).status).toBe(200)
    expect((await submit(alice.with({ origin }), `${PAGE}/revoke`, { id: idOf(secret) })).status).toBe(303)
  })

  it('show what people typed as text, wherever it stands', async () => {
    const { alice } = await opened(make)
    const name = `<img src=x onerror="alert('1')">&amp;`
    const banner = await submit(alice, PAGE, { name, expires: '90d' })
    const again = await submit(alice, PAGE, { name, expires: 'nonsense"><b>' })
    for (const { text } of [banner, again, await alice.get(PAGE)]) {
      expect(text).not.toMatch(/<img|<b>/)
      expect(text).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;')
    }
  })

  it('run and style nothing that is not a file of their own, are framed by nobody and kept by no cache', async () => {
    const { alice, nobody } = await opened(make)
    const pages = [await alice.get(PAGE), await alice.get(APPS), await alice.get('/'), await nobody.get('/login')]
    const made = await submit(alice, PAGE, { name: 'CI pipeline', expires: '90d' })
    for (const { headers, text } of [...pages, made, await nobody.get('/nowhere')]) {
      const policy = headers.get('content-security-policy')
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
      expect(policy).toContain("form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-powered-by')).toBeNull()
      expect(text).not.toMatch(/<script>|<style|style=|\son\w+=/)
    }
    for (const [file, type] of [
      ['style.css', 'text/css'],
      ['page.js', 'text/javascript'],
      ['icon.svg', 'image/svg+xml'],
    ]) {
      expect((await nobody.get(`/assets/${file}`)).headers.get('content-type')).toContain(type)
    }
    for (const file of ['assets.ts', '..%2fapp.ts', '%2e%2e/app.ts']) {
      expect((await nobody.get(`/assets/${file}`)).status).toBe(404)
    }
  })

  it('lead to sign in and back to where a visitor wanted to go, on this site alone', async () => {
    const { nobody } = await opened(make)
    const wanted = `${PAGE}?cursor=x`
    for (const path of ['/', APPS, wanted]) {
      expect((await nobody.get(path)).headers.get('location')).toBe(`/login?next=${encodeURIComponent(path)}`)
    }
    const leadsTo = async (next: string) =>
      (await nobody.form('/login', { user: 'alice', next })).headers.get('location')
    expect(await leadsTo(wanted)).toBe(wanted)
    for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '/a\r\nset-cookie: x=y', '']) {
      expect(await leadsTo(next)).toBe('/')
    }
    for (const next of [
      'https://app.example/cb',
      'x:y',
      'http://a;script-src *',
      'http://a b',
      "http://'unsafe-inline'",
    ]) {
      const asked = await nobody.get(`/login?next=${encodeURIComponent(`/x?redirect_uri=${encodeURIComponent(next)}`)}`)
      const policy = asked.headers.get('content-security-policy') ?? ''
      expect(policy.match(/[\w-]+-src/g)).toEqual(['default-src', 'script-src', 'style-src', 'img-src'])
      expect(policy).not.toContain('unsafe')
      expect(policy.includes(' https://app.example;')).toBe(next.startsWith('https:'))
    }
  })

  it('let in only whom they know, by a cookie that no script reads, until they sign out or half a day is over', async () => {
    const { nobody, alice, bob, clock } = await opened(make)
    const stranger = await nobody.form('/login', { user: '<b>mallory</b>' })
    expect(stranger.status).toBe(401)
    expect(stranger.headers.get('set-cookie')).toBeNull()
    expect(readable(stranger.text)).toContain('Nobody of that name has an account.')
    expect((await nobody.with({ origin: 'https://evil.example' }).form('/login', { user: 'alice' })).status).toBe(400)
    const known = await nobody.form('/login', { user: 'bob' })
    expect(known.headers.get('set-cookie')).toMatch(
      /^streamloop=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200$/,
    )

    await alice.form('/logout', { csrf: 'guessed' })
    expect((await alice.get(PAGE)).status).toBe(200)
    await alice.form('/logout', { csrf: await csrfOf(alice) })
    expect((await alice.get(PAGE)).status).toBe(303)
    expect((await nobody.form('/logout', {})).status).toBe(303)

    clock.advance(12 * 60 * 60 * 1000 - 1)
    expect((await bob.get(PAGE)).status).toBe(200)
    clock.advance(1)
    expect((await bob.get(PAGE)).status).toBe(303)
  })

  it('show each user their own, and lead from the avatar to the settings', async () => {
    const { alice, bob } = await opened(make)
    await created(alice, { name: 'Of alice' })
    expect(rows(await bob.get(PAGE))).toEqual([])
    expect(readable((await bob.get(PAGE)).text)).toContain('No tokens yet')
    expect(readable((await bob.get(APPS)).text)).toContain('No connected apps')
    const home = await alice.get('/')
    expect(home.text).toMatch(/<summary aria-label="Account of alice">.*<a href="\/settings">Settings<\/a>/s)
    expect(readable(home.text)).toContain('Lofi beats, day and night')
    expect((await alice.get('/settings')).headers.get('location')).toBe(PAGE)
  })

  it('say what they do not have', async () => {
    const { alice } = await opened(make)
    expect(readable((await alice.get('/nowhere')).text)).toContain('There is no such page.')
    expect((await alice.send('PUT', PAGE)).status).toBe(404)
  })
})

/** Makes a token in a host, and what its key finds under `/v1/streams`. */
async function streamsOf(alice: Caller) {
  const secret = await created(alice)
  const { json } = await keyed(alice.origin, secret).get('/v1/streams')
  return { secret, names: json.data.map(({ name }) => name) }
}

describe('Streamloop as a process', { timeout: 60_000 }, () => {
  it('says where it listens, serves, and ends cleanly when it is told to', async () => {
    const { origin, end, said, complained } = await started('streamloop')
    expect((await streamsOf(await signedIn(origin, 'alice'))).names).toHaveLength(3)
    expect(await end('SIGTERM')).toBe(0)
    expect(said()).toBe(`listening on ${origin}\n`)
    expect(complained()).toBe('')
  })
})

describe.each(shared)('Streamloop as a process, with %s as STORE,', (place) => {
  it('knows after a restart who is signed in, what they have, and which tokens live', { timeout: 60_000 }, async () => {
    const STORE = await freshDatabase(place)
    const before = await started('streamloop', { STORE })
    const alice = await signedIn(before.origin, 'alice')
    const { secret } = await streamsOf(alice)
    const gone = await created(alice)
    const made = await keyed(before.origin, secret).post('/v1/streams', { name: 'Waves' })
    await submit(alice, `${PAGE}/revoke`, { id: idOf(gone) })
    expect(await before.end('SIGTERM')).toBe(0)
    expect(before.complained()).toBe('')

    const after = await started('streamloop', { STORE })
    const again = keyed(after.origin, secret)
    expect((await again.get('/v1/streams')).json.data.map(({ name }) => name)[0]).toBe('Waves')
    expect((await again.delete(`/v1/streams/${made.json.id}`)).status).toBe(204)
    expect((await keyed(after.origin, gone).get('/v1/me')).status).toBe(401)
    const cookie = alice.headers.cookie ?? ''
    expect(rows(await again.with({ cookie }).get(PAGE))).toEqual([expect.stringMatching(/^CI pipeline /)])
    await signedIn(after.origin, 'alice')
    expect((await again.get('/v1/streams')).json.data).toHaveLength(3)
    expect(await after.end('SIGTERM')).toBe(0)
    expect(after.complained()).toBe('')
  })
})
