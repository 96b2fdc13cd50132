import { createNonces, type Nonces, verifyProof } from 'tokenloop/jwt'
import { describe, expect, it } from 'vitest'
import { NOW, proofWith, server } from './support.js'

const KEY = new Uint8Array(32).fill(7)
const nonces = createNonces({ key: KEY, server: 'https://rs.test' })
const current = await nonces.current(NOW)
const minute = 60_000
const old = await nonces.current(NOW - 2 * minute)
const future = await nonces.current(NOW + 2 * minute)
const ofOtherKey = await createNonces({ key: KEY.map(() => 8), server: 'https://rs.test' }).current(NOW)
const ofOtherServer = await createNonces({ key: KEY, server: 'https://as.test' }).current(NOW)

async function outcomeOf(nonce: unknown, of: Nonces = nonces, now = NOW) {
  const { options, store } = server({ nonces: of, now })
  return { ...(await verifyProof(proofWith({ nonce, iat: now / 1000 }), options)), asked: store.total }
}
const refused = { ok: false, reason: 'wrong_nonce', nonce: current, asked: 0 }

describe('a server that demands nonces', () => {
  it('accepts its own, and says when another is current', async () => {
    expect(await outcomeOf(current)).toMatchObject({ ok: true, asked: 1 })
    expect(await outcomeOf(current)).not.toHaveProperty('nonce')
    const next = await nonces.current(NOW + minute)
    expect(next).not.toBe(current)
    expect(await outcomeOf(current, nonces, NOW + minute)).toMatchObject({ ok: true, nonce: next })
    // By a process whose clock is ahead.
    expect(await outcomeOf(next)).toMatchObject({ ok: true, nonce: current })
  })

  it('hands out what may stand in a header', () => {
    expect(current).toMatch(/^[\w-]{43}$/)
  })

  it.each<[string, unknown]>([
    ['none', undefined],
    ['empty', ''],
    ['null', null],
    ['a number', 1],
    ['a list', [current]],
    ['forged', 'A'.repeat(43)],
    ['of one character more', `${current}A`],
    ['in another case', current.toLowerCase()],
    ['older than the one before', old],
    ['of the far future', future],
    ['under another key', ofOtherKey],
    ['of another server', ofOtherServer],
  ])('A16.12 refuses a proof whose nonce is %s, and hands out the current one', async (_, nonce) => {
    expect(await outcomeOf(nonce)).toEqual(refused)
  })

  it('takes nonces of its own making', async () => {
    const made: Nonces = { current: async () => 'n2', accepts: async (nonce) => nonce === 'n1' }
    expect(await outcomeOf('n1', made)).toMatchObject({ ok: true, nonce: 'n2' })
    expect(await outcomeOf('n2', made)).toMatchObject({ reason: 'wrong_nonce', nonce: 'n2' })
  })

  it.each<[string, Nonces]>([
    ['they cannot be judged', { current: () => 'n', accepts: () => Promise.reject(new Error('down')) }],
    [
      'none can be had',
      {
        current: () => {
          throw new Error('down')
        },
        accepts: () => true,
      },
    ],
  ])('lets nobody pass, and uses nothing up, where %s', async (_, failing) => {
    expect(await outcomeOf('n', failing)).toEqual({ ok: false, reason: 'unavailable', asked: 0 })
  })

  it.each([undefined, 1, 'yes', {}])('takes %j for no yes', async (answer) => {
    const made: Nonces = { current: () => 'n', accepts: () => answer as boolean }
    expect(await outcomeOf('n', made)).toMatchObject({ reason: 'wrong_nonce' })
  })
})

describe('the options of nonces', () => {
  const create = (changes: object) => () => createNonces({ key: KEY, server: 'x', ...changes })
  it.each<[string, object]>([
    ['a short key', { key: new Uint8Array(31) }],
    ['a text as key', { key: 'a'.repeat(43) }],
    ['no server', { server: '' }],
    ['a step of less than a second', { step: 999 }],
    ['a misspelt option', { stpe: 1 }],
  ])('are refused: %s', (_, changes) => {
    expect(create(changes)).toThrow(expect.objectContaining({ code: 'invalid_option' }))
  })

  it('are read once', async () => {
    const key = KEY.slice()
    const own = createNonces({ key, server: 'https://rs.test' })
    key.fill(0)
    expect(await own.current(NOW)).toBe(current)
  })
})
