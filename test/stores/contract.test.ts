import { describe, it } from 'vitest'
import { createClock } from '../../src/testing/clock.js'
import { storeContract } from '../../src/testing/index.js'
import { everyStore } from '../support/stores.js'

describe.each(everyStore)('the contract of the stores, on $name', ({ make }) => {
  for (const { name, run } of storeContract) {
    it(name, () => run(() => make()))
  }
})

describe.each(everyStore)('the contract of the stores, by a clock of the host, on $name', ({ make }) => {
  for (const { name, run } of storeContract) {
    it(name, async () => {
      const clock = createClock()
      await run(() => make({ clock }), clock)
    })
  }
})
