import { createAccounts, createTokens } from 'tokenloop'
import { describe, expect, it } from 'vitest'
import type { Capabilities } from '../../src/store/store.js'
import { catalogue } from '../support/world.js'
import { storeWith } from './cache/support.js'

const make = (claims: object) => {
  const capabilities = { linearizable: true, durable: true, shared: true, ...claims } as Capabilities
  const store = storeWith({ capabilities })
  createAccounts({ store, catalogue })
  return createTokens({ store, catalogue, prefix: 'sl' })
}

describe('a store in which a change may go unseen', () => {
  it.each([[{ linearizable: true }], [{ linearizable: false, maxStaleness: 5000 }]])(
    'is taken where it says for how long: %j',
    (claims) => {
      expect(() => make(claims)).not.toThrow()
    },
  )

  it.each([
    [{ linearizable: false }],
    [{ linearizable: undefined }],
    [{ linearizable: 'true' }],
    [{ linearizable: false, maxStaleness: 0 }],
    [{ linearizable: false, maxStaleness: -1 }],
    [{ linearizable: false, maxStaleness: Number.NaN }],
    [{ linearizable: false, maxStaleness: Number.POSITIVE_INFINITY }],
    [{ linearizable: false, maxStaleness: '5s' }],
    [{ linearizable: true, maxStaleness: null }],
  ])('is refused where it does not: %j', (claims) => {
    expect(() => make(claims)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })
})
