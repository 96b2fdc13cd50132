import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { user } from 'tokenloop'
import { describe, expect, it, onTestFinished } from 'vitest'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { sqlStore } from '../../src/store/sql/store.js'
import { freshFile } from '../support/engines.js'
import { type Node, type Note, nodeOn } from '../support/jobs/tokens.js'
import { freshGround, shared } from '../support/places.js'
import { startWorker, type WorkerFault } from '../support/workers.js'

/*
 * A process issues, uses, rotates and revokes a token, and is killed after one statement or another, also within a transaction. What it
 * was answered by then holds, what it was not answered either took place as a whole or not at all, and another process can go on.
 */

const JOBS = fileURLToPath(new URL('../support/jobs/tokens.ts', import.meta.url))
/** How many processes are killed on each database; hundreds in longer runs. */
const CYCLES = Number(process.env.KILL_CYCLES ?? 12)
const USES = 3

const by = user('alice', { scopes: ['issues:read'] })

/** What a process noted before it was killed. */
async function notesIn(file: string): Promise<readonly Note[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Note)
}

const answerOf = async ({ tokens }: Node, secret: string) => {
  const seen = await tokens.verify(secret)
  return seen.ok ? 'ok' : seen.reason
}

/** How many uses of the token were kept. */
async function usesOf({ store }: Node, id: string): Promise<number> {
  const { items } = await store.list('token', {}, { limit: 1000 })
  return items.find((item) => item.id === id)?.use?.count ?? 0
}

/** Holds what a killed process left behind against what it had noted. */
async function judge(node: Node, notes: readonly Note[]): Promise<void> {
  const done = notes.flatMap((note) => ('done' in note ? note : []))
  const begun = new Set(notes.flatMap((note) => ('about' in note ? note.about : [])))
  const ended = new Set(done.map((note) => note.done))
  const [issued, rotated] = ['issue', 'rotate'].map((what) => done.find((note) => note.done === what))
  const id = issued?.id
  if (id === undefined) return
  const { record } = await node.store.get('token', id)
  expect(record, 'what was answered is there').toBeDefined()

  const isRevoked = record?.revoked !== null
  if (ended.has('revoke')) expect(isRevoked).toBe(true)
  if (!begun.has('revoke')) expect(isRevoked).toBe(false)
  if (rotated !== undefined) expect(record?.generation).toBe(2)
  if (!begun.has('rotate')) expect(record?.generation).toBe(1)

  // Whatever is current works, and what was replaced or revoked does not come back.
  const first = await answerOf(node, String(issued?.secret))
  if (record?.generation === 1 && !isRevoked) expect(first).toBe('ok')
  else expect(['revoked', 'unknown']).toContain(first)
  if (rotated !== undefined) expect(await answerOf(node, String(rotated.secret))).toBe(isRevoked ? 'revoked' : 'ok')

  // What was flushed is kept, and no more than that was used.
  const uses = await usesOf(node, id)
  if (ended.has('use')) expect(uses).toBe(USES)
  if (!begun.has('use')) expect(uses).toBe(0)
  expect([0, USES]).toContain(uses)

  // Whoever comes next goes on, from what is there.
  if (!isRevoked) {
    const { secret } = await node.tokens.rotate(id, { by, from: record?.generation ?? 0 })
    expect(await answerOf(node, secret.reveal())).toBe('ok')
    await node.tokens.revoke(id, { by })
    expect(await answerOf(node, secret.reveal())).toBe('revoked')
  }
}

/** Each record that was made has its event, and each event its record: they commit together. */
async function countsMatch({ store }: Node): Promise<void> {
  const tokens = await store.list('token', {}, { limit: 1000 })
  const events = await store.list('event', {}, { limit: 1000 })
  const issued = events.items.filter(({ type }) => type === 'token.issued').map(({ about }) => about)
  expect(issued.sort()).toEqual(tokens.items.map(({ id }) => id).sort())
}

describe.each(shared)('a process that is killed on %s', { timeout: 60_000 + CYCLES * 10_000 }, (place) => {
  it('R1, R2, R52 R59 leaves what it was answered, nothing that is half done, and nothing that comes back', async () => {
    const { ground, address } = await freshGround(place)
    await migrateGround(ground)
    const { schema, prefix } = ground.naming
    const node = nodeOn(sqlStore(ground.engine, { prefix, ...(schema !== undefined && { schema }) }))
    const { file, remove } = await freshFile()
    onTestFinished(remove)
    let killed = 0
    let dieAfter = 1
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const worker = await startWorker(JOBS)
      const notes = `${file}.${cycle}`
      const statements = await worker.ask<number>('live', { address, dieAfter, notes }).catch((fault: WorkerFault) => {
        expect(fault.code).toBe('killed')
        return undefined
      })
      await worker.kill()
      await judge(node, await notesIn(notes))
      if (statements === undefined) killed++
      // From the beginning again, once a process came through.
      dieAfter = statements === undefined ? dieAfter + 1 + (cycle % 3) : 1
    }
    await countsMatch(node)
    expect(killed).toBeGreaterThan(CYCLES / 2)
  })
})
