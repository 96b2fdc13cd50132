import { account, type Owner, user } from 'tokenloop'
import { describe, expect, it, vi } from 'vitest'
import { createLiveness } from '../../src/tokens/liveness.js'
import { nearStores } from '../support/stores.js'
import { alice, answerOf, draft, world } from '../support/world.js'

const fail = (why: unknown) => {
  throw why
}

describe.each(nearStores)('the host says whether a user may still act, on the $name store:', ({ make }) => {
  const asking = async (check: (owner: Owner, tenant: string | null) => unknown, more: object = {}) => {
    const asked = vi.fn(check)
    // @ts-expect-error it may answer anything
    const here = await world(make, { ownerActive: { check: asked, maxStaleness: '1m', ...more } })
    const { secret } = await here.tokens.issue({ ...draft, tenant: 'ws_1' })
    return { ...here, asked, answer: () => answerOf(here, secret.reveal()), text: secret.reveal() }
  }

  it('it is asked with the owner and the tenant, and believed', async () => {
    const yes = await asking(() => true)
    expect(await yes.answer()).toBe('ok')
    expect(yes.asked).toHaveBeenCalledExactlyOnceWith({ kind: 'user', id: 'alice' }, 'ws_1')
    expect(await (await asking(async () => false)).answer()).toBe('owner_inactive')
  })

  it('its answer is used again within the bound, and never beyond', async () => {
    let active = true
    const { answer, asked, clock } = await asking(() => active)
    expect(await answer()).toBe('ok')
    active = false
    clock.advance(59_999)
    expect(await answer()).toBe('ok')
    expect(asked).toHaveBeenCalledTimes(1)
    clock.advance(1)
    expect(await answer()).toBe('owner_inactive')
    active = true
    clock.advance(59_999)
    expect(await answer()).toBe('owner_inactive')
    clock.advance(1)
    expect(await answer()).toBe('ok')
    expect(asked).toHaveBeenCalledTimes(3)
  })

  it('the bound counts from the question, not from a slow answer', async () => {
    const answers: ((active: boolean) => void)[] = []
    const { answer, asked, clock } = await asking(() => new Promise((resolve) => answers.push(resolve)))
    const first = answer()
    await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(1))
    clock.advance('59s')
    answers[0]?.(true)
    expect(await first).toBe('ok')
    clock.advance('1s')
    const second = answer()
    await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(2))
    answers[1]?.(false)
    expect(await second).toBe('owner_inactive')
  })

  it('R13 its answer is asked for anew when the clock has gone back', async () => {
    const { answer, asked, clock } = await asking(() => true)
    await answer()
    clock.set(clock.now() - 600_000)
    await answer()
    expect(asked).toHaveBeenCalledTimes(2)
  })

  it('with a bound of nothing it is asked every time', async () => {
    const { answer, asked } = await asking(() => true, { maxStaleness: 0 })
    await answer()
    await answer()
    expect(asked).toHaveBeenCalledTimes(2)
  })

  it('it is asked once for those who ask at the same time, and for each owner and tenant apart', async () => {
    const { tokens, asked, text } = await asking(async ({ id }) => id === 'alice')
    const bobs = (await tokens.issue({ ...draft, owner: user('bob') })).secret.reveal()
    const elsewhere = (await tokens.issue({ ...draft, tenant: 'ws_2' })).secret.reveal()
    const seen = await Promise.all([text, text, bobs, text, elsewhere, bobs].map((each) => answerOf({ tokens }, each)))
    expect(seen).toEqual(['ok', 'ok', 'owner_inactive', 'ok', 'ok', 'owner_inactive'])
    expect(asked).toHaveBeenCalledTimes(3)
  })

  it('names that run together are still apart', async () => {
    const { tokens, asked } = await asking((owner, tenant) => owner.id === 'a' && tenant === 'b","c')
    const one = await tokens.issue({ ...draft, owner: user('a'), tenant: 'b","c' })
    const other = await tokens.issue({ ...draft, owner: user('a","b'), tenant: 'c' })
    expect(await answerOf({ tokens }, one.secret.reveal())).toBe('ok')
    expect(await answerOf({ tokens }, other.secret.reveal())).toBe('owner_inactive')
    expect(asked).toHaveBeenCalledTimes(2)
  })

  it('it is not asked for service accounts, nor for a token that is refused anyway', async () => {
    const { tokens, accounts, asked, text } = await asking(() => true)
    const bot = await accounts.create({ by: alice, name: 'bot', scopes: ['issues:read'] })
    const { secret } = await tokens.issue({ by: alice, owner: account(bot.id), name: 'ci' })
    expect(await answerOf({ tokens }, secret.reveal())).toBe('ok')
    await tokens.pause(text.slice(0, 14), { by: alice, within: { tenant: 'ws_1' } })
    expect(await answerOf({ tokens }, text)).toBe('paused')
    expect(asked).not.toHaveBeenCalled()
  })

  it('whoever is not active hears nothing of scopes, and burns no limit', async () => {
    const { tokens } = await asking(() => false)
    const { secret } = await tokens.issue({ ...draft, limits: [{ name: 'calls', limit: 1 }] })
    const seen = await tokens.verify(secret.reveal(), { scopes: ['workspace:admin'] })
    expect(seen).toEqual({ ok: false, reason: 'owner_inactive' })
  })

  it.each<[string, () => unknown]>([
    ['throws', () => fail(new Error('no'))],
    ['throws null', () => fail(null)],
    ['throws undefined', () => fail(undefined)],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['rejects with a text', () => Promise.reject('no')],
    ['answers nothing', () => undefined],
    ['answers 1', () => 1],
    ['answers a text', () => 'false'],
    ['answers an object', async () => ({ active: true })],
    ['answers null', () => null],
  ])('A20.18 a host that %s is unavailable, never a yes nor a no, and is asked again at once', async (_, check) => {
    let broken = true
    const { answer, told } = await asking(() => (broken ? check() : true))
    expect(await answer()).toBe('unavailable')
    expect(told('token.refused').at(-1)).toMatchObject({ detail: { reason: 'unavailable' } })
    broken = false
    expect(await answer()).toBe('ok')
  })

  it('A20.18 a host that hangs is unavailable once its time is up, and no answer of it counts later', async () => {
    const hanging: ((active: boolean) => void)[] = []
    const { answer, asked } = await asking(() => new Promise((resolve) => hanging.push(resolve)), { timeout: '3s' })
    vi.useFakeTimers()
    try {
      const seen = [answer(), answer()]
      await vi.advanceTimersByTimeAsync(2_999)
      expect(asked).toHaveBeenCalledTimes(1)
      await vi.advanceTimersByTimeAsync(1)
      expect(await Promise.all(seen)).toEqual(['unavailable', 'unavailable'])
      hanging[0]?.(true)
      const again = answer()
      await vi.advanceTimersByTimeAsync(0)
      expect(asked).toHaveBeenCalledTimes(2)
      hanging[1]?.(false)
      expect(await again).toBe('owner_inactive')
      expect(vi.getTimerCount()).toBeLessThanOrEqual(1) // that of the use buffer
    } finally {
      vi.useRealTimers()
    }
  })
})

it('the answers are remembered of the ten thousand owners that were asked for last', async () => {
  const check = vi.fn(() => true)
  const isActive = createLiveness({ check, maxStaleness: '1m' })
  const ask = (id: string) => isActive(user(id), null, 0)
  await ask('first')
  for (let i = 1; i < 10_000; i++) await ask(`user ${i}`)
  await ask('first')
  expect(check).toHaveBeenCalledTimes(10_000)
  await ask('one more')
  await ask('first')
  expect(check).toHaveBeenCalledTimes(10_002)
})
