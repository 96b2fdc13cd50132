import { storeContract } from 'tokenloop/testing'
import { describe, expect, inject, it } from 'vitest'
import { newerNodeWorker } from '../support/newer-node-worker.js'

const SETTINGS = [
  { how: 'by its own time', isOdd: false },
  { how: 'by a clock of the host, which reads integers as BigInts', isOdd: true },
]

if (inject('newerNode') !== '') {
  describe.each(SETTINGS)('the contract of the stores, on node:sqlite, $how', ({ isOdd }) => {
    for (const { name } of storeContract) {
      it(name, async () => (await newerNodeWorker()).ask('keep', { name, isOdd }))
    }
  })

  it('node:sqlite is that of Node 22.16 or later', async () => {
    const [major = 0, minor = 0] = (await (await newerNodeWorker()).ask<string>('version')).split('.').map(Number)
    expect(major * 100 + minor).toBeGreaterThanOrEqual(2216)
  })
}
