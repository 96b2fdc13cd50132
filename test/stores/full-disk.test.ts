import { chown, mkdir, open, rm, stat } from 'node:fs/promises'
import type { TokenStore } from 'tokenloop'
import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { SAMPLE_EVENT, SAMPLES } from '../../src/testing/contract/samples.js'
import { smallDisk } from '../support/places.js'
import { ended } from './ended.js'
import { type Host, hostOn } from './hosts.js'

const TABLES = ['tokens', 'events']

const put = (store: TokenStore, id: string) =>
  ended(
    store.write(
      'token',
      id,
      0,
      { ...SAMPLES.token, metadata: { text: 'x'.repeat(3000) } },
      { event: { ...SAMPLE_EVENT, id: `e_${id}`, about: id } },
    ),
  )

/** Takes all the room that is left on the disk of a folder; what it answers gives it back. */
async function takeAll(folder: string): Promise<() => Promise<void>> {
  const file = `${folder}/ballast`
  const ballast = await open(file, 'w')
  const write = () =>
    ballast.write(Buffer.alloc(4096)).then(
      () => true,
      () => false,
    )
  while (await write());
  await ballast.close()
  return () => rm(file)
}

/** Moves the tables of a host to a disk of so many megabytes, on the machine of the server. */
async function moveTo(host: Host, folder: string, server: { readonly uid: number; readonly gid: number }) {
  const [space, place] = [`t_full_${crypto.randomUUID().slice(0, 8)}`, `${folder}/tables`]
  const { ask } = await host.session()
  const move = async (to: string) => {
    for (const table of TABLES) await ask(`ALTER TABLE ${host.table(table)} SET TABLESPACE ${to}`)
  }
  await mkdir(place)
  await chown(place, server.uid, server.gid)
  await ask(`CREATE TABLESPACE ${space} LOCATION '${place}'`)
  onTestFinished(async () => {
    await move('pg_default')
    await ask(`DROP TABLESPACE ${space}`)
  })
  await move(space)
}

/** Whose the files of the server are; nobody's where it runs on another machine. */
async function ownerOf(host: Host) {
  const [{ data_directory } = {}] = await (await host.session()).ask('SHOW data_directory')
  return stat(String(data_directory)).catch(() => undefined)
}

if (inject('smallDisks') && inject('reached').includes('PostgreSQL'))
  describe('the disk of PostgreSQL', () => {
    it('R62 that is full takes a write as a whole or not at all, still answers, and goes on once there is room', async () => {
      const disk = await smallDisk(4)
      const host = await hostOn.PostgreSQL()
      const server = await ownerOf(host)
      if (server === undefined) return
      await moveTo(host, disk, server)
      const store = host.open()
      expect(await put(store, 'before')).toBe('written')

      const giveBack = await takeAll(disk)
      const outcomes: unknown[] = []
      for (let i = 0; i < 20; i++) outcomes.push(await put(store, `cl_${i}`))
      expect(outcomes.at(-1)).toBe('unavailable')
      for (const [i, outcome] of outcomes.entries()) {
        const there = outcome === 'written' ? 1 : 0
        expect((await store.get('token', `cl_${i}`)).version).toBe(there)
        expect((await store.list('event', { about: `cl_${i}` }, { limit: 5 })).items.length).toBe(there)
      }
      expect((await store.getWith('token', 'before')).version).toBe(1)

      await giveBack()
      expect(await put(store, 'after')).toBe('written')
    })
  })
