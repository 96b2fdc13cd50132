import { createTokens } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { catalogue } from '../../examples/loop/catalogue.js'
import { elsewhere, generated, opened, PAGE, rows, shown, submit, token } from './loop-support.js'
import { paces, readable } from './support.js'

describe.each(paces)('the tokens of Loop, store: $name', ({ make }) => {
  it('LP1 an administrator makes a token with a name and an access for each area', async () => {
    const { alice, program } = await opened(make)
    const { secret } = await token(alice, { name: 'Warehouse', subscriptions: 'write', orders: 'read' })
    expect(rows(await alice.get(PAGE))[0]).toMatch(
      /^Warehouse loop_\w+••••••••.* Subscriptions: read and write Orders: read only \d/,
    )
    const statuses = async (method: string) =>
      Promise.all(
        ['subscriptions', 'orders', 'customers'].map(
          async (area) => (await program(secret).send(method, `/admin/${area}`)).status,
        ),
      )
    expect(await statuses('GET')).toEqual([200, 200, 403])
    expect(await statuses('POST')).toEqual([201, 403, 403])
  })

  it('LP1 whoever is no administrator of the store neither sees nor makes its tokens', async () => {
    const { alice, bob, nobody, reads } = await opened(make)
    const { id, secret } = await token(alice, { name: 'Warehouse' })
    const pages = ['', '/new', `/${id}/edit`, `/${id}/remove`, `/${id}/audit`]
    for (const page of pages) {
      const refused = await bob.get(PAGE + page)
      expect(refused.status).toBe(403)
      expect(refused.text).not.toContain('Warehouse')
      expect((await alice.get(`${PAGE}${page}?store=globex`)).status).toBe(403)
      expect((await alice.get(`${PAGE}${page}?store=initech`)).status).toBe(404)
      expect(await nobody.get(PAGE + page)).toMatchObject({ status: 303 })
    }
    for (const action of ['/new', `/${id}/show`, `/${id}/edit`, `/${id}/remove`]) {
      const fields = { name: 'Mine', subscriptions: 'read' }
      expect((await submit(bob, action, fields)).status).toBe(403)
      expect((await submit(alice, `${action}?store=globex`, fields)).status).toBe(403)
      expect((await submit(nobody, action, fields)).status).toBe(303)
    }
    expect(rows(await alice.get(PAGE))).toHaveLength(1)
    expect(await reads(secret)).toBe(200)
  })

  it('LP1 a token wants a name, and an access that the form offers', async () => {
    const { alice } = await opened(make)
    const wrong = [
      [{ name: ' ', subscriptions: 'read' }, 'A name has 1 to 100 characters.'],
      [{ name: 'x'.repeat(101), subscriptions: 'read' }, 'A name has 1 to 100 characters.'],
      [{ name: 'ok' }, 'Choose what the token may do.'],
      [{ name: 'ok', subscriptions: 'none', orders: 'none' }, 'Choose what the token may do.'],
      [{ name: 'ok', subscriptions: 'admin' }, 'Choose what the token may do.'],
      [{ name: 'ok', payments: 'read' }, 'Choose what the token may do.'],
    ] as const
    for (const [fields, mistake] of wrong) {
      const refused = await submit(alice, '/new', { ...fields })
      expect(refused.status).toBe(422)
      expect(readable(refused.text)).toContain(mistake)
    }
    expect(rows(await alice.get(PAGE))).toEqual([])
  })

  it('LP2 a token is masked until an administrator shows it, again and again, and the same', async () => {
    const { alice, bob, reads } = await opened(make)
    const { id, secret } = await token(alice)
    expect(secret).toMatch(new RegExp(`^${id}.{30,}$`))
    expect(await shown(alice, id)).toBe(secret)
    expect(await reads(secret)).toBe(200)
    for (const page of ['', `/${id}/edit`, `/${id}/remove`, `/${id}/audit`]) {
      expect((await alice.get(PAGE + page)).text).not.toContain(secret.slice(id.length))
    }
    const denied = await submit(bob, `/${id}/show`)
    expect(denied.status).toBe(403)
    expect(denied.text).not.toContain(secret)
    expect((await alice.get(`${PAGE}/${id}/show`)).status).toBe(404)
  })

  it('LP2 the store keeps a token sealed, bound to its record, and never in clear', async () => {
    const { alice, store } = await opened(make)
    const [one, other] = [await token(alice), await token(alice)]
    const { record } = await store.get('token', one.id)
    expect(JSON.stringify(record)).not.toContain(one.secret.slice(one.id.length))
    const { version, record: swapped } = await store.get('token', other.id)
    if (record === undefined || swapped === undefined) throw new Error('both tokens are there')
    await store.write('token', other.id, version, { ...swapped, sealed: record.sealed })
    expect((await submit(alice, `/${other.id}/show`)).status).toBe(409)
  })

  it('LP3 a store has many tokens, newest first, each with its own scopes', async () => {
    const { alice, reads, writes } = await opened(make)
    const one = await token(alice, { name: 'One', subscriptions: 'read' })
    const two = await token(alice, { name: 'Two', subscriptions: 'write' })
    const three = await token(alice, { name: 'Three', subscriptions: 'none', orders: 'read' })
    const names = rows(await alice.get(PAGE)).map((row) => row.split(' ')[0])
    expect(names).toEqual(['Three', 'Two', 'One'])
    expect([await reads(one.secret), await writes(one.secret)]).toEqual([200, 403])
    expect([await reads(two.secret), await writes(two.secret)]).toEqual([200, 201])
    expect([await reads(three.secret), await writes(three.secret)]).toEqual([403, 403])
  })

  it('LP3 a long list comes page by page, each token once', async () => {
    const { alice } = await opened(make)
    for (let number = 1; number <= 23; number++) await generated(alice, { name: `Token-${number}` })
    const first = await alice.get(PAGE)
    const older = /href="([^"]*cursor=[^"]*)"/.exec(first.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const second = await alice.get(older)
    const names = [...rows(first), ...rows(second)].map((row) => row.split(' ')[0])
    expect(names).toEqual(Array.from({ length: 23 }, (_, i) => `Token-${23 - i}`))
    expect(second.text).not.toContain('cursor=')
    expect((await alice.get(`${PAGE}?cursor=nonsense`)).status).toBe(404)
  })

  it('LP3 tokens of another store are out of reach, and see another store’s data never', async () => {
    const { alice, program, store } = await opened(make)
    const globex = createTokens({ store, catalogue, prefix: 'loop', lifetimes: ['never'] })
    const foreign = await globex.issue({ ...elsewhere, name: 'Foreign', scopes: ['subscriptions:write'] })
    const { id } = foreign.token
    for (const page of [`/${id}/edit`, `/${id}/remove`, `/${id}/audit`]) {
      expect((await alice.get(PAGE + page)).status).toBe(404)
    }
    for (const action of [`/${id}/show`, `/${id}/edit`, `/${id}/remove`]) {
      expect((await submit(alice, action, { name: 'Mine', orders: 'read' })).status).toBe(404)
    }
    expect((await alice.get(PAGE)).text).not.toContain('Foreign')

    const own = await token(alice, { subscriptions: 'write' })
    await program(own.secret).post('/admin/subscriptions', { name: 'Coffee' })
    const seen = await program(foreign.secret.reveal()).get('/admin/subscriptions')
    expect(seen).toMatchObject({ status: 200, json: { subscriptions: [] } })
    expect((await program(own.secret).get('/admin/subscriptions')).json).toMatchObject({
      subscriptions: [{ name: 'Coffee' }],
    })
  })

  it('LP4 editing changes name and scopes from the next request on, and leaves the token the same', async () => {
    const { alice, reads, writes } = await opened(make)
    const { id, secret } = await token(alice, { name: 'Before', subscriptions: 'write' })
    expect(await writes(secret)).toBe(201)

    expect((await submit(alice, `/${id}/edit`, { name: 'After', subscriptions: 'read' })).status).toBe(303)
    expect(await writes(secret)).toBe(403)
    expect(await reads(secret)).toBe(200)
    expect(await shown(alice, id)).toBe(secret)
    const form = (await alice.get(`${PAGE}/${id}/edit`)).text
    expect(form).toContain('value="After"')
    expect(form).toMatch(/name="subscriptions" value="read" checked/)

    await submit(alice, `/${id}/edit`, { name: 'After', subscriptions: 'write' })
    expect(await writes(secret)).toBe(201)
  })

  it('LP4 an edit with a mistake in it, or of a removed token, changes nothing', async () => {
    const { alice, reads } = await opened(make)
    const { id, secret } = await token(alice, { name: 'Before' })
    expect((await submit(alice, `/${id}/edit`, { name: '', subscriptions: 'read' })).status).toBe(422)
    expect((await submit(alice, `/${id}/edit`, { name: 'After' })).status).toBe(422)
    expect(rows(await alice.get(PAGE))[0]).toMatch(/^Before /)
    expect(await reads(secret)).toBe(200)
    await submit(alice, `/${id}/remove`)
    expect((await submit(alice, `/${id}/edit`, { name: 'After', subscriptions: 'read' })).status).toBe(409)
    expect(await reads(secret)).toBe(401)
  })

  it('LP5 every call with a removed token is refused as an invalid token', async () => {
    const { alice, nobody, program, reads } = await opened(make)
    const [gone, kept] = [await token(alice), await token(alice)]
    expect(readable((await alice.get(`${PAGE}/${gone.id}/remove`)).text)).toContain('cannot be brought back')
    expect(await reads(gone.secret)).toBe(200)

    expect((await submit(alice, `/${gone.id}/remove`)).status).toBe(303)
    for (const caller of [program(gone.secret), program('loop_nonsense'), nobody]) {
      expect(await caller.get('/admin/subscriptions')).toMatchObject({ status: 401, json: { error: 'invalid token' } })
    }
    expect(await reads(kept.secret)).toBe(200)
    expect(rows(await alice.get(PAGE))).toHaveLength(1)
    const late = await submit(alice, `/${gone.id}/show`)
    expect(late.status).toBe(409)
    expect(readable(late.text)).toContain('The token has been removed.')
  })

  it('LP6 the list says who made a token and when, when and from where it was last used, and how often', async () => {
    const { alice, clock, reads, writes } = await opened(make)
    clock.set(Date.UTC(2027, 0, 5, 10, 30))
    const { secret } = await token(alice)
    const row = async () => rows(await alice.get(PAGE))[0]
    expect(await row()).toContain('2027-01-05 10:30 by alice Never')

    clock.advance('36h')
    await reads(secret)
    expect(await row()).toContain('2027-01-06 22:30 from 127.0.0.1, used once')
    clock.advance('1m')
    await reads(secret)
    await reads(secret)
    expect(await row()).toContain('2027-01-06 22:31 from 127.0.0.1, used 3 times')
    await writes(secret)
    expect(await row()).toContain('used 3 times')
  })

  it('LP6 the audit names every change, who made it and when, also once the token is removed', async () => {
    const { alice, clock } = await opened(make)
    clock.set(Date.UTC(2027, 0, 5, 10, 30))
    const id = await generated(alice, { name: 'Before', subscriptions: 'read' })
    clock.advance('1m')
    await shown(alice, id)
    clock.advance('1m')
    await submit(alice, `/${id}/edit`, { name: 'After', subscriptions: 'write' })
    clock.advance('1m')
    await submit(alice, `/${id}/remove`)

    expect(rows(await alice.get(`${PAGE}/${id}/audit`))).toEqual([
      '2027-01-05 10:33 alice Removed the token',
      '2027-01-05 10:32 alice Edited the token name: Before → After scopes: subscriptions:read → subscriptions:write',
      '2027-01-05 10:31 alice Looked at the token',
      '2027-01-05 10:30 alice Generated the token',
    ])
    expect(rows(await alice.get(PAGE))).toEqual([])
    expect(rows(await alice.get(`${PAGE}?all=1`))[0]).toMatch(/Removed 2027-01-05 10:33 by alice Audit$/)
  })

  it('LP7 a new token and the old one both work, until the old one is removed', async () => {
    const { alice, reads } = await opened(make)
    const old = await token(alice, { name: 'Returns' })
    const next = await token(alice, { name: 'Returns' })
    expect([await reads(old.secret), await reads(next.secret)]).toEqual([200, 200])
    await submit(alice, `/${old.id}/remove`)
    expect([await reads(old.secret), await reads(next.secret)]).toEqual([401, 200])
  })
})
