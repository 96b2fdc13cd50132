import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/store/memory.js'
import { createClock, slowStore, storeContract } from '../../src/testing/index.js'
import { BROKEN } from './broken-stores.js'

describe.each(BROKEN)('storeContract notices a store that $name', ({ caughtBy, make }) => {
  it.each(caughtBy)('in the case "%s"', async (name) => {
    const clock = createClock()
    const run = storeContract.find((testCase) => testCase.name === name)?.run
    const outcome = run?.(() => make(slowStore(memoryStore({ clock }), { max: 1 })), clock)
    await expect(outcome).rejects.toMatchObject({ name: expect.stringMatching(/^(Contract|Tokenloop)Error$/) })
  })
})
