import { DatabaseSync } from 'node:sqlite'
import { storeContract } from 'tokenloop/testing'
import { migrate, sqliteStore } from '../../../src/store/sql/sqlite.js'
import { createClock } from '../../../src/testing/clock.js'
import { type OpenFile, play, type Scene } from '../../stores/sqlite-scenes.js'

export interface CaseTask {
  readonly name: string
  /** Whether the host gives a clock, and reads integers as BigInts. */
  readonly isOdd: boolean
}

export interface SceneTask {
  readonly scene: Scene
  readonly file: string
}

const openFile: OpenFile = (file, { readonly = false, timeout } = {}) =>
  new DatabaseSync(file, { readOnly: readonly, ...(timeout !== undefined && { timeout }) })

/** What a newer Node does with its own `node:sqlite`. */
export const jobs = {
  version: async () => process.versions.node,

  async keep({ name, isOdd }: CaseTask): Promise<void> {
    const promise = storeContract.find((promise) => promise.name === name)
    if (promise === undefined) throw new Error(`there is no promise of the name ${name}`)
    const db = new DatabaseSync(':memory:', { readBigInts: isOdd })
    const clock = isOdd ? createClock() : undefined
    const store = sqliteStore(db, clock && { clock })
    await migrate(store)
    await promise.run(() => store, clock)
    db.close()
  },

  play: ({ scene, file }: SceneTask) => play(scene, openFile, file),
}
