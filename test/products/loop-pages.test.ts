import { describe, expect, it } from 'vitest'
import { generated, opened, PAGE, submit, token } from './loop-support.js'
import { type Caller, paces, readable, signedIn, started } from './support.js'

const KEY = Buffer.alloc(32, 7).toString('base64url')

describe.each(paces)('the pages of Loop, store: $name', ({ make }) => {
  it('take a form only from the session that was shown it, on their own site', async () => {
    const { alice, origin, reads } = await opened(make)
    const { id, secret } = await token(alice)
    const other = await signedIn(origin, 'alice')
    const stolen = { csrf: /name="csrf" value="([^"]+)"/.exec((await other.get(PAGE)).text)?.[1] ?? '' }
    const fields = { name: 'Mine', orders: 'write' }
    for (const action of ['/new', `/${id}/show`, `/${id}/edit`, `/${id}/remove`]) {
      for (const csrf of [{}, { csrf: '' }, stolen]) {
        expect((await alice.form(PAGE + action, { ...fields, ...csrf })).status).toBe(403)
      }
      const foreign = [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'same-site' }, { origin: 'null' }]
      for (const headers of foreign) expect((await submit(alice.with(headers), action, fields)).status).toBe(403)
      expect((await alice.post(PAGE + action, fields)).status).toBe(403)
    }
    expect(await reads(secret)).toBe(200)
    expect((await submit(alice.with({ origin }), '/new', fields)).status).toBe(303)
  })

  it('show what people typed as text, wherever it stands', async () => {
    const { alice } = await opened(make)
    const name = `<img src=x onerror="alert('1')">&amp;`
    const id = await generated(alice, { name })
    const shown = await submit(alice, `/${id}/show`)
    const again = await submit(alice, '/new', { name })
    const pages = ['', `/${id}/edit`, `/${id}/remove`, `/${id}/audit`].map((page) => alice.get(PAGE + page))
    for (const { text } of [...(await Promise.all(pages)), shown, again]) {
      expect(text).not.toContain('<img')
      expect(text).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;')
    }
  })

  it('run no script, are framed by nobody and kept by no cache', async () => {
    const { alice, nobody } = await opened(make)
    const id = await generated(alice)
    const pages = [await alice.get(PAGE), await submit(alice, `/${id}/show`), await nobody.get('/login')]
    for (const { headers, text } of pages) {
      const policy = headers.get('content-security-policy')
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(text).not.toMatch(/<script|style=|\son\w+=/)
    }
    expect((await nobody.get('/style.css')).headers.get('content-type')).toBe('text/css; charset=utf-8')
  })

  it('lead back to where a visitor wanted to go, on this site alone', async () => {
    const { nobody } = await opened(make)
    const wanted = `${PAGE}?store=acme`
    const { headers } = await nobody.get(wanted)
    expect(headers.get('location')).toBe(`/login?next=${encodeURIComponent(wanted)}`)
    const leadsTo = async (next: string) => (await signIn(nobody, { user: 'alice', next })).headers.get('location')
    expect(await leadsTo(wanted)).toBe(wanted)
    for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', '/a\r\nset-cookie: x=y', '']) {
      expect(await leadsTo(next)).toBe('/')
    }
  })

  it('let in only whom they know, by a cookie that no script reads, until they sign out', async () => {
    const { nobody, alice } = await opened(make)
    const stranger = await signIn(nobody, { user: '<b>mallory</b>' })
    expect(stranger.status).toBe(401)
    expect(stranger.headers.get('set-cookie')).toBeNull()
    expect((await signIn(nobody.with({ origin: 'https://evil.example' }), { user: 'alice' })).status).toBe(400)
    const known = await signIn(nobody, { user: 'bob' })
    expect(known.headers.get('set-cookie')).toMatch(
      /^session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200$/,
    )

    await alice.form('/logout', { csrf: 'guessed' })
    expect((await alice.get(PAGE)).status).toBe(200)
    const csrf = /name="csrf" value="([^"]+)"/.exec((await alice.get(PAGE)).text)?.[1] ?? ''
    await alice.form('/logout', { csrf })
    expect((await alice.get(PAGE)).status).toBe(303)
  })

  it('say what they do not have', async () => {
    const { alice } = await opened(make)
    expect(readable((await alice.get('/nowhere')).text)).toContain('There is no such page.')
    expect((await alice.get(`${PAGE}/loop_00000000000/edit`)).status).toBe(404)
  })
})

const signIn = (caller: Caller, fields: Readonly<Record<string, string>>) => caller.form('/login', fields)

describe('Loop as a process', { timeout: 30_000 }, () => {
  it('says where it listens, serves, and ends cleanly when it is told to', async () => {
    const { origin, end, said, complained } = await started('loop', { SEAL_KEY: KEY })
    const alice = await signedIn(origin, 'alice')
    const { secret } = await token(alice, { subscriptions: 'write' })
    const made = await alice.with({ 'x-loop-token': secret }).post('/admin/subscriptions', { name: 'Coffee' })
    expect(made).toMatchObject({ status: 201, json: { name: 'Coffee' } })
    expect(await end('SIGTERM')).toBe(0)
    expect(said()).toBe(`listening on ${origin}\n`)
    expect(complained()).toBe('')
  })

  it('makes a key of its own without one, and says what that means', async () => {
    const { origin, complained, end } = await started('loop')
    expect((await token(await signedIn(origin, 'alice'))).secret).toMatch(/^loop_/)
    expect(complained()).toMatch(/^SEAL_KEY is not set: .* until this process ends\n$/)
    expect(await end('SIGTERM')).toBe(0)
  })

  it.each([KEY.slice(1), `${KEY}AA`, `${KEY.slice(0, 9)}*${KEY.slice(9)}`])(
    'refuses a key that is none: %s',
    async (SEAL_KEY) => {
      const { complained, end } = await started('loop', { SEAL_KEY })
      expect(await end()).toBe(1)
      expect(complained()).toContain('SEAL_KEY must be 32 bytes in base64url')
      expect(complained()).not.toContain(SEAL_KEY)
    },
  )
})
