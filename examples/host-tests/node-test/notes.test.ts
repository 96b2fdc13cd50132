import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { user } from 'tokenloop'
import { product } from '../product.js'

const alice = user('alice')

describe('the notes of a user, under node:test', () => {
  it('are read by who may, until the token expires', async () => {
    const { kit, ask } = product()
    const headers = await kit.bearer(alice, 'notes:read', { expiresIn: '90d' })
    assert.equal((await ask('GET', '/notes', headers)).status, 200)
    assert.equal((await ask('POST', '/notes', headers, 'Buy milk')).status, 403)
    kit.clock.advance('90d')
    assert.equal((await ask('GET', '/notes', headers)).status, 401)
  })

  it('are read by an app until its user disconnects it', async () => {
    const { kit, ask } = product()
    const { headers } = await (await kit.client()).connect(alice, 'notes:read')
    assert.equal((await ask('GET', '/notes', headers)).status, 200)
    await kit.auth.grants.revokeAll({ by: alice, subject: 'alice' })
    assert.equal((await ask('GET', '/notes', headers)).status, 401)
  })
})
