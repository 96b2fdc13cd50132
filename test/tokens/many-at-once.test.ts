import { cached } from 'tokenloop/cache'
import { describe, expect, it } from 'vitest'
import { stores } from '../support/stores.js'
import { draft, world } from '../support/world.js'

const MANY = 10_000

describe.each(stores)('R48 ten thousand checks at once, on $name behind a cache that is warm', ({ make }) => {
  it('are all answered, each for its own token', async () => {
    const { tokens } = await world(make, { wrap: (store) => cached(store, { maxStaleness: '5m' }) })
    const issued = await Promise.all(
      Array.from({ length: 10 }, (_, i) => tokens.issue({ ...draft, name: `n ${i}`, scopes: [] })),
    )
    for (const { secret } of issued) await tokens.verify(secret.reveal())
    const of = (i: number) => issued[i % issued.length] as (typeof issued)[number]
    const seen = await Promise.all(Array.from({ length: MANY }, (_, i) => tokens.verify(of(i).secret.reveal())))
    const wrong = seen.filter((result, i) => !result.ok || result.principal.tokenId !== of(i).token.id)
    expect(wrong).toEqual([])
  })
})
