import { TokenloopError } from '../core/errors.js'
import { frozenList } from '../core/frozen.js'
import { checkText } from '../core/text.js'
import { parseDuration } from '../core/time.js'
import type { Limit } from '../store/records.js'
import type { Budget } from '../store/store.js'
import { LIMIT } from './inputs.js'
import type { LimitInput, VerifyInput } from './types.js'

const MOST_LIMITS = 8
const isCount = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least

/** Limits as they are stored. Throws `invalid_limit`. */
export function checkLimits(inputs: readonly LimitInput[]): readonly Limit[] {
  if (!Array.isArray(inputs) || inputs.length > MOST_LIMITS) throw invalid(`a token has at most ${MOST_LIMITS} limits`)
  const limits = inputs.map(checkLimit)
  if (new Set(limits.map(({ name }) => name)).size < limits.length) throw invalid('each limit needs a name of its own')
  return frozenList(limits)
}

function checkLimit(input: LimitInput): Limit {
  LIMIT.check(input)
  const { name, limit, every, refill = limit } = input
  checkText(name, { label: 'the name of a limit', code: 'invalid_limit', max: 64 })
  // The name stands in the RateLimit header field, as a string of RFC 9651.
  if (!/^[A-Za-z0-9][A-Za-z0-9 _.-]*$/.test(name))
    throw invalid('the name of a limit has letters, digits, " ", "_", "." and "-"')
  if (!isCount(limit, 1) || !isCount(refill, 1) || refill > limit)
    throw invalid('a limit and its refill are whole numbers above 0, and the refill is no more than the limit')
  const milliseconds = every === undefined ? null : parseDuration(every)
  if (milliseconds === undefined || milliseconds === 0)
    throw invalid('a limit refills every so often, such as 1m, or never')
  return Object.freeze({ name, limit, every: milliseconds, refill })
}

/** Throws `invalid_limit` for a cost that is no whole number, or an object of such. */
export function checkCost(cost: VerifyInput<string>['cost']): void {
  if (cost === undefined) return
  const costs = typeof cost === 'object' && cost !== null ? Object.values(cost) : [cost]
  if (!costs.every((each) => isCount(each, 0))) throw invalid('a cost is a whole number')
}

/** What one call costs of each limit. */
export function budgetsOf(limits: readonly Limit[], cost: VerifyInput<string>['cost'] = 1): readonly Budget[] {
  const named = (name: string) => (typeof cost !== 'number' && Object.hasOwn(cost, name) ? cost[name] : undefined)
  const each = typeof cost === 'number' ? cost : 1
  return limits.map((limit) => ({ cost: named(limit.name) ?? each, ...limit }))
}

const invalid = (why: string) => new TokenloopError('invalid_limit', why)
