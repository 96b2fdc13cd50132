import Database from 'better-sqlite3'
import { sqliteStore } from 'tokenloop/sqlite'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { freshFile } from '../support/engines.js'
import { newerNodeWorker } from '../support/newer-node-worker.js'
import { smallDisk } from '../support/places.js'
import { type Facts, type OpenFile, play, type Scene } from './sqlite-scenes.js'

type Play = <S extends Scene>(scene: S, file: string) => Promise<Facts<S>>

const betterSqlite: OpenFile = (file, options) => new Database(file, options)

const DRIVERS: readonly { name: string; playAt: Play }[] = [
  { name: 'better-sqlite3', playAt: (scene, file) => play(scene, betterSqlite, file) },
  ...(inject('newerNode') === ''
    ? []
    : [
        {
          name: 'node:sqlite',
          playAt: async <S extends Scene>(scene: S, file: string) =>
            (await newerNodeWorker()).ask<Facts<S>>('play', { scene, file }),
        },
      ]),
]

describe.each(DRIVERS)('a SQLite file, by $name,', ({ playAt }) => {
  const played = async <S extends Scene>(scene: S) => {
    const { file, remove } = await freshFile()
    onTestFinished(remove)
    return playAt(scene, file)
  }

  it('R61 that is read-only is unavailable to whoever would change something, and still answers', async () => {
    expect(await played('opened read-only')).toEqual({
      write: 'unavailable',
      spend: 'unavailable',
      read: 1,
      unwritten: 0,
    })
  })

  it('R61 that may grow no further takes a write as a whole or not at all, and goes on once there is room', async () => {
    expect(await played('as large as it may be')).toEqual({
      outcomes: ['unavailable', 'written'],
      wrong: [],
      afterwards: 'written',
    })
  })

  if (inject('smallDisks'))
    it('R61 on a full disk takes a write as a whole or not at all, still answers, and goes on once there is room', async () => {
      const disk = await smallDisk(2)
      const { outcomes, ...others } = await playAt('on a full disk', `${disk}/store.db`)
      expect(outcomes).toContain('unavailable')
      expect(['unavailable', 'written']).toEqual(expect.arrayContaining(outcomes))
      expect(others).toEqual({ wrong: [], read: 1, afterwards: 'written' })
    })

  it('R61 that has corrupt pages is told as such, and grants nothing', async () => {
    expect(await played('with corrupt pages')).toEqual({
      calls: ['store_corrupt'],
      token: 'unavailable',
      issue: 'store_corrupt',
      told: true,
    })
  })

  it('R61 that is none is told as such', async () => {
    expect(await played('that is no database')).toBe('store_corrupt')
  })

  it('R7 that another connection writes to is unavailable for writes after a while, and answers meanwhile', async () => {
    expect(await played('that another connection writes to')).toEqual({
      write: 'unavailable',
      read: 1,
      waited: 'written',
      unwritten: 0,
    })
  })

  it('R33 takes no part in a transaction that the host has open on the same connection', async () => {
    expect(await played("within the host's transaction")).toEqual({
      meanwhile: ['unavailable'],
      waited: 'written',
      version: 1,
      own: 0,
      patience: 1234,
    })
  })

  it('R33 takes no part in a transaction that calls it either', async () => {
    expect(await played('called by a transaction that is undone')).toEqual({ called: 'written', version: 1 })
  })
})

it('a SQLite file is opened by a driver that can tell of transactions, or not at all', () => {
  const old = { prepare: () => ({ all: () => [], run: () => ({ changes: 0 }), columns: () => [] }), exec: () => {} }
  expect(() => sqliteStore(old)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
})
