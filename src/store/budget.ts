import type { Budget, BudgetState } from './store.js'

/** What was spent of a limit, and since when its next refill is awaited. */
export interface Counter {
  readonly spent: number
  readonly since: number
}

export type Counters = Readonly<Record<string, Counter>>

const FRESH: Counter = { spent: 0, since: 0 }

/**
 * Judges a request for several budgets: all or nothing. A limit's first use opens its window; `refill` comes back each time
 * `every` has passed since, however often it is asked meanwhile, and once all is back the next use opens a new window. A
 * refusal changes no counter.
 *
 * This is the rule that every store follows, in its own language where it must.
 */
export function spendFrom(
  counters: Counters,
  budgets: readonly Budget[],
  now: number,
): { readonly ok: boolean; readonly counters: Counters; readonly states: readonly BudgetState[] } {
  const refilled = budgets.map((budget) => refill(counterOf(counters, budget), budget, now))
  const ok = budgets.every((budget, i) => fits(refilled[i] as Counter, budget))
  const after = refilled.map((counter, i) =>
    ok ? { ...counter, spent: counter.spent + (budgets[i] as Budget).cost } : counter,
  )
  return {
    ok,
    counters: ok
      ? { ...counters, ...Object.fromEntries(after.map((counter, i) => [budgets[i]?.name, counter])) }
      : counters,
    states: budgets.map((budget, i) =>
      stateOf(after[i] as Counter, budget, ok || fits(after[i] as Counter, budget), now),
    ),
  }
}

const counterOf = (counters: Counters, { name }: Budget): Counter =>
  (Object.hasOwn(counters, name) ? counters[name] : undefined) ?? FRESH

/** What costs nothing fits even where a limit was lowered below what had been spent. */
const fits = ({ spent }: Counter, { cost, limit }: Budget) => cost === 0 || spent + cost <= limit

function refill({ spent, since }: Counter, { every, refill }: Budget, now: number): Counter {
  const steps = every === null ? 0 : Math.max(0, Math.floor((now - since) / every))
  const left = Math.max(0, spent - steps * refill)
  return left === 0 ? { spent: 0, since: now } : { spent: left, since: since + steps * (every ?? 0) }
}

function stateOf({ spent, since }: Counter, budget: Budget, allowed: boolean, now: number): BudgetState {
  const { name, limit, every, refill, cost } = budget
  // What takes longer than can be counted is as good as never; it must not pass for an answer that is none.
  const after = (missing: number) =>
    every === null ? null : Math.min(Number.MAX_SAFE_INTEGER, since + Math.ceil(missing / refill) * every - now)
  return {
    name,
    limit,
    every,
    refill,
    remaining: Math.max(0, limit - spent),
    moreAfter: spent === 0 ? null : after(1),
    retryAfter: allowed || cost > limit ? null : after(spent + cost - limit),
    refused: !allowed,
  }
}

/** What cannot be found cannot spend: it has ended. */
export const nothingLeft = ({ name, limit, every, refill }: Budget): BudgetState => ({
  name,
  limit,
  every,
  refill,
  remaining: 0,
  moreAfter: null,
  retryAfter: null,
  refused: true,
})
