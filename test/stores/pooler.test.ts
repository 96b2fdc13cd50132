import { describe, expect, it } from 'vitest'
import { storeContract } from '../../src/testing/index.js'
import { callAll } from './calls.js'
import { hostOn, servers } from './hosts.js'
import { openPooler } from './pooler.js'

/** The cases in which a store is asked for something of every kind; the races are those of the server itself. */
const CASES = storeContract.filter(({ name }) =>
  /^(keeps|writes|replaces|removes|follows|narrows|takes an entry from the first|moves|spends|feeds|sweeps what)/.test(
    name,
  ),
)

for (const server of servers.filter((server) => server === 'PostgreSQL'))
  describe(`behind a pooler in transaction mode before ${server}, a store`, () => {
    it.each(CASES.map(({ name, run }) => [name, run] as const))('that prepares nothing %s', async (_, run) => {
      const host = await hostOn[server]()
      const at = await openPooler()
      await run(() => host.open({ at, prepare: false, deadline: '20s' }))
    })

    it('that does prepare says that it is unavailable, and nothing wrong', async () => {
      const host = await hostOn[server]()
      const store = host.open({ at: await openPooler(), size: 1 })
      const ends: unknown[] = []
      for (let round = 0; round < 5; round++) ends.push(...(await callAll(store, 'same')))
      expect(ends).toContain('unavailable')
      expect(ends.filter((end) => end === 'written').length).toBeLessThanOrEqual(2)
    })
  })
