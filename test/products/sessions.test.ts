import { createClock } from 'tokenloop/testing'
import { describe, expect, it } from 'vitest'
import { Sessions } from '../../examples/shared/sessions.js'

const HALF_A_DAY = 12 * 60 * 60 * 1000
const requestWith = (cookie: string) => ({
  request: new Request('http://localhost/', { headers: { cookie: cookie.split(';')[0] ?? '' } }),
})

describe('a session of an example', () => {
  it('ends after half a day, in the browser and on the server', () => {
    const clock = createClock()
    const sessions = new Sessions(clock.now)
    const cookie = sessions.open('alice')
    expect(cookie).toContain('Max-Age=43200')
    clock.advance(HALF_A_DAY - 1)
    expect(sessions.of(requestWith(cookie))?.user).toBe('alice')
    clock.advance(1)
    expect(sessions.of(requestWith(cookie))).toBeUndefined()
    expect(sessions.fromThisSite(requestWith(cookie))).toBeUndefined()
  })

  it('lives on beside one that has ended, and is forgotten when somebody signs in later', () => {
    const clock = createClock()
    const sessions = new Sessions(clock.now)
    const old = sessions.open('alice')
    clock.advance(HALF_A_DAY)
    const fresh = sessions.open('bob')
    clock.set(clock.now() - 1) // it would be valid again, were it still there
    expect(sessions.of(requestWith(old))).toBeUndefined()
    expect(sessions.of(requestWith(fresh))?.user).toBe('bob')
  })
})
