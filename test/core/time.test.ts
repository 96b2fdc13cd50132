import { describe, expect, it } from 'vitest'
import { type Duration, delay, duration, parseDuration } from '../../src/core/time.js'
import { ANYTHING, codeOf } from './support.js'

const YEAR = 365 * 24 * 60 * 60 * 1000

describe('a duration', () => {
  it.each<[Duration, number]>([
    [0, 0],
    [1500, 1500],
    ['0s', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['10m', 600_000],
    ['24h', 86_400_000],
    ['90d', 7_776_000_000],
    ['2w', 1_209_600_000],
    ['1y', YEAR],
    ['1000y', 1000 * YEAR],
    ['007d', 604_800_000],
  ])('%s is %i milliseconds', (value, milliseconds) => {
    expect(parseDuration(value)).toBe(milliseconds)
    expect(duration(value, 'overlap')).toBe(milliseconds)
  })

  const none: readonly unknown[] = [
    ...[
      '',
      '90',
      'd',
      '90 d',
      ' 90d',
      '90d ',
      '90D',
      '1mo',
      '1.5d',
      '-1d',
      '+1d',
      '1e3s',
      '0x10s',
      '٣d',
      '90d\n',
      'P90D',
    ],
    ...['1001y', '999999999999y', `${'9'.repeat(100_000)}d`, '1d2h', 'never', '__proto__', 'constructor'],
    ...[
      -1,
      0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1000 * YEAR + 1,
      2 ** 53,
      10n,
      null,
      undefined,
      true,
      {},
      [],
      ['90d'],
    ],
  ]
  it.each(none)('%s is none', (value) => {
    expect(parseDuration(value)).toBeUndefined()
    expect(codeOf(() => duration(value as Duration, 'overlap'))).toBe('invalid_option')
  })

  it('is not found in anything else, and nothing throws but the typed error', () => {
    for (const value of ANYTHING.filter(
      (value) => !Object.is(Math.abs(Number(typeof value === 'number' ? value : 1)), 0),
    )) {
      expect(parseDuration(value)).toBeUndefined()
      expect(codeOf(() => duration(value as Duration, 'overlap'))).toBe('invalid_option')
    }
  })

  it('names the option that it was given for, and not the value', () => {
    expect(() => duration('secret' as Duration, 'overlap')).toThrow(/^overlap must be a duration/)
  })

  it('A20.21 keeps every sum with a date a whole number of milliseconds, beyond 2038 and beyond 32 bits', () => {
    const end = Date.UTC(9999, 11, 31) + duration('1000y', 'lifetime')
    expect(Number.isSafeInteger(end)).toBe(true)
    expect(new Date(end).getUTCFullYear()).toBeGreaterThan(10_000)
    expect(duration('50y', 'lifetime')).toBeGreaterThan(2 ** 32)
  })
})

it('a timer waits from a millisecond to 24.8 days', () => {
  for (const milliseconds of [1, 1000, 2 ** 31 - 1]) expect(delay(milliseconds, 'timeout')).toBe(milliseconds)
  for (const milliseconds of [0, -1, 0.5, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY, '25d'] as const)
    expect(codeOf(() => delay(milliseconds, 'timeout'))).toBe('invalid_option')
})
