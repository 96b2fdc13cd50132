import { inspect } from 'node:util'
import { account, type Owner, system, type TokenStore, user } from 'tokenloop'
import { describe, expect, it, vi } from 'vitest'
import { around } from '../../src/store/around.js'
import { rowsOf, stores } from '../support/stores.js'
import { alice, bob, draft, replaceAt, resealed, world } from '../support/world.js'

/** Enough to fill pages and batches; a store over a network takes its time. */
const ISSUED: Readonly<Record<string, number>> = { memory: 10_000 }
const BY_DEFAULT = 600
const VERIFIER = 27
const verifierOf = (text: string) => text.slice(-33, -6)

/** Every text of so many letters and digits that occurs, wherever it begins. */
function* lettersOf(dump: string): Iterable<string> {
  for (const [run] of dump.matchAll(/[0-9A-Za-z]{27,}/g)) {
    for (let at = 0; at + VERIFIER <= run.length; at++) yield run.slice(at, at + VERIFIER)
  }
}

/** Takes down all that is printed until it is told to stop. */
function listen() {
  const printed: unknown[] = []
  const spies = [
    ...(['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...args) => void printed.push(args)),
    ),
    ...[process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation((text) => printed.push(text) > 0),
    ),
  ]
  return () => {
    for (const spy of spies) spy.mockRestore()
    return printed
  }
}

/** Everything that a store lists, and its feed. */
async function dumpOf(store: TokenStore): Promise<unknown[]> {
  const items: unknown[] = [await store.changes(0, 100_000)]
  for (const kind of ['token', 'account', 'event'] as const) {
    let after: { order: number; id: string } | undefined
    do {
      const page = await store.list(kind, {}, { limit: 500, ...(after && { after }) })
      items.push(...page.items)
      after = page.next
    } while (after !== undefined)
  }
  return items
}

/** A product whose store can fail, and takes down all that it is given. */
async function watched(make: (typeof stores)[number]['make']) {
  const given: string[] = []
  const faults = { on: false }
  const wrap = (store: TokenStore) =>
    around(store, async ({ method, args }, run) => {
      if (['write', 'touch', 'spend', 'insertOnce'].includes(method)) given.push(JSON.stringify(args))
      if (faults.on) throw Object.assign(new Error(`cannot ${method}`), { parameters: args })
      return run()
    })
  const here = await world(make, {
    wrap,
    peppers: [{ id: 'p', key: new Uint8Array(32).fill(1) }],
    sealWith: [{ id: 's', key: new Uint8Array(32).fill(2) }],
  })
  const bot = await here.accounts.create({ by: alice, name: 'bot', scopes: ['issues:read'] })
  const errors: unknown[] = []
  const attempt = (work: Promise<unknown>) => work.catch((error: unknown) => errors.push(error))
  const secrets = new Set<string>()
  const kept = (text: string) => {
    secrets.add(verifierOf(text))
    return text
  }
  return { ...here, given, faults, bot, errors, attempt, secrets, kept }
}
type Watched = Awaited<ReturnType<typeof watched>>

/** All that can be done with a token, and all that goes wrong: pasted into the wrong field, or broken in between. */
async function useInEveryWay({ tokens, attempt, kept, faults }: Watched, text: string, id: string, owner: Owner) {
  const within = { owner }
  kept((await tokens.rotate(id, { by: alice, within, overlap: '1h' })).secret.reveal())
  await tokens.verify(text)
  await tokens.verify(resealed(text, (body) => replaceAt(body, 30)))
  await tokens.verify(`${text}x`)
  await tokens.update(id, { by: alice, within, name: `renamed ${id}` })
  await tokens.reveal(id, { by: alice, within })
  await attempt(tokens.get(text))
  await attempt(tokens.list({ cursor: text }))
  await attempt(tokens.revoke(text, { by: bob, reason: `${text}\n` }))
  await attempt(tokens.rotate(id, { by: bob }))
  await attempt(tokens.update(id, { by: bob, within, scopes: [text as 'issues:read'] }))
  await attempt(tokens.issue({ ...draft, name: `${text}\0` }))
  faults.on = true
  expect(await tokens.verify(text)).toMatchObject({ ok: false, reason: 'unavailable' })
  await attempt(tokens.issue({ ...draft, owner }))
  await attempt(tokens.rotate(id, { by: alice, within }))
  await attempt(tokens.flush())
  faults.on = false
  await tokens.revoke(id, { by: system })
}

async function issueMany(here: Watched, count: number) {
  for (let i = 0; i < count; i++) {
    const owner = i % 5 === 0 ? account(here.bot.id) : user(`user ${i % 50}`)
    const limits = i % 9 === 0 ? [{ name: 'calls', limit: 5 }] : []
    const { secret, token } = await here.tokens.issue({ ...draft, owner, limits })
    const text = here.kept(secret.reveal())
    if (i % 3 === 0) await here.tokens.verify(text, { ip: '192.0.2.1' })
    if (i % 20 === 0) await useInEveryWay(here, text, token.id, owner)
  }
  await here.tokens.close()
}

/** How many of the secrets occur in a text, as they are; or, of the first of them, in some encoding. */
function leaksIn(dump: string, secrets: ReadonlySet<string>): number {
  const plain = new Set<string>()
  for (const text of lettersOf(dump)) if (secrets.has(text)) plain.add(text)
  const encoded = [...secrets]
    .slice(0, 20)
    .flatMap((secret) => (['hex', 'base64', 'base64url'] as const).map((way) => Buffer.from(secret).toString(way)))
  return plain.size + encoded.filter((text) => dump.includes(text)).length
}

describe.each(stores)('secrecy, on the $name store:', ({ name, make }) => {
  const count = ISSUED[name] ?? BY_DEFAULT

  it(`A20.9 after ${count} issued tokens nothing but the answers holds a secret: no store, log, event or error`, async () => {
    const here = await watched(make)
    const { secrets, given, events, errors } = here
    const stop = listen()
    await issueMany(here, count)
    expect(stop()).toEqual([])

    const listed = await dumpOf(here.bare)
    expect(listed.length).toBeGreaterThan(2 * count)
    expect(errors.length).toBeGreaterThan(count / 5)
    expect(events.length).toBeGreaterThan(count)
    expect(secrets.size).toBe(count + count / 20)
    const shown = inspect(errors, { depth: null, showHidden: true, maxArrayLength: null, maxStringLength: null })
    const kept = [...listed, ...(await rowsOf(here.bare))]
    const dump = [...given, ...kept.map((item) => JSON.stringify(item)), JSON.stringify(events), shown].join('\n')
    expect(leaksIn(dump, secrets)).toBe(0)
  }, 120_000)

  it('A20.9 and the search for it finds what there is to find', async () => {
    const { tokens } = await world(make)
    const text = (await tokens.issue(draft)).secret.reveal()
    const secrets = new Set([verifierOf(text)])
    const hex = Buffer.from(verifierOf(text)).toString('hex')
    for (const dump of [text, `"${verifierOf(text)}"`, `x${text}x`, JSON.stringify({ a: [text] }), hex]) {
      expect(leaksIn(dump, secrets)).toBe(1)
    }
  })

  it('A20.9 what is handed out prints no secret, however it is printed', async () => {
    const { tokens } = await world(make, { sealWith: [{ id: 's', key: new Uint8Array(32) }] })
    const issued = await tokens.issue(draft)
    const text = issued.secret.reveal()
    const seen = await tokens.verify(text)
    const shown = await tokens.reveal(issued.token.id, { by: alice })
    for (const value of [issued, seen, shown, { shown }, [issued], new Map([['a', issued]])]) {
      for (const print of [JSON.stringify, String, (it: unknown) => inspect(it, { depth: null, showHidden: true })]) {
        expect(print(value)).not.toContain(verifierOf(text))
      }
    }
  })
})
