import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { TokenloopError } from '../../src/core/errors.js'
import { type Event, safeListener } from '../../src/core/event.js'
import { createOrder } from '../../src/core/order.js'

const event: Event = { type: 'token.issued', at: 1, about: 'cl_0123456789a' }
const fail = (why: unknown) => {
  throw why
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('a listener', () => {
  it('is told, and cannot change what it was told', () => {
    const told: Event[] = []
    safeListener((event) => told.push(event))({ ...event })
    expect(told).toEqual([event])
    expect(Object.isFrozen(told[0])).toBe(true)
  })

  it('may be missing', () => {
    expect(safeListener(undefined)(event)).toBeUndefined()
  })

  const thenable = (then: (resolve: unknown, reject: (why: Error) => void) => void) =>
    Object.fromEntries([['then', then]])

  it.each<[string, () => unknown]>([
    ['throws', () => fail('no')],
    ['throws null', () => fail(null)],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['rejects with nothing', () => Promise.reject()],
    ['answers a thenable that rejects', () => thenable((_, reject) => reject(new Error('no')))],
    ['answers a thenable that throws', () => thenable(() => fail('no'))],
    ['never answers', () => new Promise(() => {})],
  ])('A20.18 that %s does no harm', async (_, listener) => {
    expect(safeListener(listener)(event)).toBeUndefined()
    await turn()
  })
})

describe('an error of the library', () => {
  const error = new TokenloopError('not_found', 'no such token', { cause: new Error('why') })

  it('has a stable code, a message, and its cause', () => {
    expect(error).toBeInstanceOf(Error)
    expect([error.name, error.code, error.message]).toEqual(['TokenloopError', 'not_found', 'no such token'])
    expect((error.cause as Error).message).toBe('why')
    expect(`${error}`).toBe('TokenloopError: no such token')
    expect(inspect(error)).toContain("code: 'not_found'")
  })

  it('A20.23 tells neither its stack nor its cause when it is sent as JSON', () => {
    expect(JSON.parse(JSON.stringify(error))).toEqual({ name: 'TokenloopError', code: 'not_found' })
  })
})

describe('the order of records', () => {
  it('is that of their making, also within a millisecond', () => {
    const order = createOrder()
    const orders = [5, 5, 5, 6, 6, 9].map(order)
    expect(orders).toEqual([5000, 5001, 5002, 6000, 6001, 9000])
  })

  it('stays within its millisecond, however many records it has, and is a safe integer', () => {
    const order = createOrder()
    const now = Date.UTC(2200, 0, 1)
    const last = Array.from({ length: 2000 }, () => order(now)).at(-1) ?? 0
    expect(last).toBeLessThan(order(now + 1))
    expect(Number.isSafeInteger(last)).toBe(true)
  })

  it('A20.16 is counted by each instance for itself', () => {
    const [a, b] = [createOrder(), createOrder()]
    expect([a(1), a(1), b(1), a(1)]).toEqual([1000, 1001, 1000, 1002])
  })
})
