import { describe, expect, it } from '@jest/globals'
import { user } from 'tokenloop'
import { product } from '../product.js'

const alice = user('alice')

describe('the notes of a user, under jest', () => {
  it('are read by who may, until the token expires', async () => {
    const { kit, ask } = product()
    const headers = await kit.bearer(alice, 'notes:read', { expiresIn: '90d' })
    expect((await ask('GET', '/notes', headers)).status).toBe(200)
    expect((await ask('POST', '/notes', headers, 'Buy milk')).status).toBe(403)
    kit.clock.advance('90d')
    expect((await ask('GET', '/notes', headers)).status).toBe(401)
  })

  it('are read by an app until its user disconnects it', async () => {
    const { kit, ask } = product()
    const { headers } = await (await kit.client()).connect(alice, 'notes:read')
    expect((await ask('GET', '/notes', headers)).status).toBe(200)
    await kit.auth.grants.revokeAll({ by: alice, subject: 'alice' })
    expect((await ask('GET', '/notes', headers)).status).toBe(401)
  })
})
