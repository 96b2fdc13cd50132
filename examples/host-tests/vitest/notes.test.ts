import { user } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import { product } from '../product.js'

const alice = user('alice')

describe('the notes of a user', () => {
  it('are read and written by who may', async () => {
    const { kit, ask } = product()
    const headers = await kit.bearer(alice, 'notes:write')
    expect((await ask('POST', '/notes', headers, 'Buy milk')).status).toBe(201)
    expect(await (await ask('GET', '/notes', headers)).json()).toEqual(['Buy milk'])
    const others = await kit.bearer(user('bob'), 'notes:write')
    expect(await (await ask('GET', '/notes', others)).json()).toEqual([])
  })

  it('are for nobody without a token, nor written by who may only read', async () => {
    const { kit, ask } = product()
    expect((await ask('GET', '/notes')).status).toBe(401)
    const reader = await kit.bearer(alice, 'notes:read')
    expect((await ask('POST', '/notes', reader, 'Buy milk')).status).toBe(403)
  })

  it('are out of reach once a token has expired', async () => {
    const { kit, ask } = product()
    const headers = await kit.bearer(alice, 'notes:read', { expiresIn: '90d' })
    kit.clock.advance('89d')
    expect((await ask('GET', '/notes', headers)).status).toBe(200)
    kit.clock.advance('1d')
    expect((await ask('GET', '/notes', headers)).status).toBe(401)
    expect(kit.told('token.refused')).toMatchObject([{ detail: { reason: 'expired' } }])
  })
})

describe('an app that a user connects', () => {
  it('reads for them, goes on with its refresh token, and is out at once when they disconnect it', async () => {
    const { kit, ask } = product()
    const app = await kit.client({ name: 'Notes for your phone' })
    const first = await app.connect(alice, 'notes:read')
    kit.clock.advance('1h')
    expect((await ask('GET', '/notes', first.headers)).status).toBe(401)
    const next = await first.refresh()
    expect((await ask('GET', '/notes', next.headers)).status).toBe(200)
    const [connected] = (await kit.auth.grants.list({ subject: 'alice' })).items
    await kit.auth.grants.revoke(connected?.id ?? '', { by: alice })
    expect((await ask('GET', '/notes', next.headers)).status).toBe(401)
  })

  it('has no notes of its own', async () => {
    const { kit, ask } = product()
    const machine = await kit.client({ grantTypes: ['client_credentials'], scopes: ['notes:read'] })
    const { headers } = await machine.clientCredentials()
    expect((await ask('GET', '/notes', headers)).status).toBe(403)
  })
})

describe('a user who leaves', () => {
  it('leaves no token and no app behind', async () => {
    const { kit, ask } = product()
    const token = await kit.bearer(alice, 'notes:write')
    const app = await (await kit.client()).connect(alice, 'notes:read')
    expect((await ask('DELETE', '/me', token)).status).toBe(204)
    for (const headers of [token, app.headers]) expect((await ask('GET', '/notes', headers)).status).toBe(401)
  })
})

describe('a database that fails', () => {
  it('is 503, and no reason to let anybody in or to send anybody away', async () => {
    const { kit, ask } = product()
    const headers = await kit.bearer(alice, 'notes:write')
    kit.store.on('down')
    expect((await ask('GET', '/notes', headers)).status).toBe(503)
    expect((await ask('DELETE', '/me', headers)).status).toBe(503)
    kit.store.off()
    expect((await ask('GET', '/notes', headers)).status).toBe(200)
  })
})
