import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { migrateGround } from '../../src/store/sql/migrate.js'
import { sqlStore } from '../../src/store/sql/store.js'
import { freshFile } from '../support/engines.js'
import {
  type Answer,
  type Consented,
  type Format,
  type Note,
  nodeOn,
  type OAuthNode,
  redemption,
  refreshing,
  START,
} from '../support/jobs/oauth.js'
import { freshGround, shared } from '../support/places.js'
import { startWorker, type WorkerFault } from '../support/workers.js'

/*
 * A process redeems a code, refreshes twice and revokes, and is killed after one statement or another, also within a transaction. What
 * its client was answered by then holds; what it was not answered took place as a whole or not at all, and the client can go on.
 */

const JOBS = fileURLToPath(new URL('../support/jobs/oauth.ts', import.meta.url))
/** How many processes are killed on each database; hundreds in longer runs. */
const CYCLES = Number(process.env.OAUTH_KILL_CYCLES ?? 8)
const STEPS = ['redeem', 'refresh', 'again', 'revoke'] as const
type Step = (typeof STEPS)[number]

async function notesIn(file: string): Promise<readonly Note[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Note)
}

/** The steps that were begun, and what was answered to those that were done. */
function readNotes(notes: readonly Note[]) {
  const begun = new Set<string>(notes.flatMap((note) => ('about' in note ? note.about : [])))
  const done = new Map(notes.flatMap((note): [Step, Answer][] => ('done' in note ? [[note.done as Step, note]] : [])))
  for (const { status } of done.values()) expect(status).toBe(200)
  return { begun, done }
}

/** Holds what a killed process left behind against what its client had been answered. */
async function judge(node: OAuthNode, consented: Consented, notes: readonly Note[]): Promise<void> {
  const { begun, done } = readNotes(notes)
  const { record } = await node.store.get('authorization', consented.code.slice(3, 14))
  const isEnded = record?.status === 'ended'
  if (done.has('revoke')) expect(isEnded).toBe(true)
  if (!begun.has('revoke')) expect(isEnded).toBe(false)

  // I4: an access token that was handed out works, until its authorization ends.
  for (const { access } of done.values()) {
    if (access !== undefined) expect(await node.check(access)).toBe(isEnded ? 'revoked' : 'ok')
  }

  // R1, R2, I1: a code is redeemed once, whoever tries again.
  const redeemed = await node.token(redemption(consented))
  expect(redeemed.status).toBe(record?.code?.usedAt === null ? 200 : 400)
  if (done.has('redeem')) expect(redeemed.status).toBe(400)
  if (!begun.has('redeem')) expect(redeemed.status).toBe(200)
  expect((await node.token(redemption(consented))).status).toBe(400)

  const first = done.get('redeem') ?? (redeemed.status === 200 ? redeemed : undefined)
  if (first !== undefined && !isEnded) await goOn(node, consented, [...done.values()].findLast(hasRefresh) ?? first)
}

const hasRefresh = ({ refresh }: Answer): boolean => refresh !== undefined

/** A client goes on from the last answer that it had. */
async function goOn(node: OAuthNode, { client, code }: Consented, { refresh }: Answer): Promise<void> {
  const stateOf = async () => (await node.store.get('authorization', code.slice(3, 14))).record
  // R3, I2: an answer that was lost is given again, with the successor that was written: one token is live in the end.
  const written = (await stateOf())?.refresh
  const next = await node.token(refreshing(client, refresh))
  expect(next.status).toBe(200)
  expect((await node.token(refreshing(client, refresh))).refresh).toBe(next.refresh)
  const generation = (await stateOf())?.refresh?.generation ?? 0
  expect([0, 1]).toContain(generation - (written?.generation ?? 0))
  expect((await node.token(refreshing(client, next.refresh))).status).toBe(200)
  // R59: what was replaced does not come back, and ends it all.
  expect((await node.token(refreshing(client, refresh))).status).toBe(400)
  expect((await stateOf())?.status).toBe('ended')
}

describe.each(shared)(
  'an authorization server that is killed on %s',
  { timeout: 90_000 + CYCLES * 12_000 },
  (place) => {
    it.each(['jwt', 'opaque'] as const)(
      'R1, R2, R3, R59 leaves what clients were answered, with %s access tokens',
      async (format: Format) => {
        const { ground, address } = await freshGround(place)
        await migrateGround(ground)
        const { schema, prefix } = ground.naming
        const clock = { now: () => START }
        const store = sqlStore(ground.engine, { prefix, clock, ...(schema !== undefined && { schema }) })
        const node = await nodeOn(store, clock, format)
        const client = await node.publicClient()
        const { file, remove } = await freshFile()
        onTestFinished(remove)
        let killed = 0
        let dieAfter = 1
        for (let cycle = 0; cycle < CYCLES; cycle++) {
          const consented = await node.consent(client)
          const worker = await startWorker(JOBS)
          const notes = `${file}.${cycle}`
          const task = { address, now: START, format, dieAfter, notes, consented }
          const statements = await worker.ask<number>('live', task).catch((fault: WorkerFault) => {
            expect(fault.code).toBe('killed')
            return undefined
          })
          await worker.kill()
          await judge(node, consented, await notesIn(notes))
          if (statements === undefined) killed++
          // From the beginning again, once a process came through.
          dieAfter = statements === undefined ? dieAfter + 1 + (cycle % 3) : 1
        }
        expect(killed).toBeGreaterThan(CYCLES / 2)
        // I7: an app, and no more.
        expect((await store.list('grant', {}, { limit: 10 })).items).toHaveLength(1)
      },
    )
  },
)
