import { count, flag, having, listOf, mapOf, name, nullable, oneOf, optional, positive, text } from '../core/shape.js'
import { HANGS_ON } from './chain.js'
import type { Kind } from './records.js'
import type { Budget, BudgetState, Change, Changes, Position, Spent, Use, WriteOutcome } from './store.js'

/*
 * What an adapter may answer. It can know more than it is asked, so answers may have members of their own; but what is asked
 * for has to be there.
 */

export const isOutcome = oneOf<WriteOutcome>('written', 'conflict', 'duplicate')

export const isUse = nullable(having<Use>({ at: count, count, ip: nullable(text) }))

const isPosition = having<Position>({ order: count, id: name })

/** A page before its rows have been looked at. */
export const isPage = having<{ now: number; items: readonly unknown[]; next?: Position }>({
  now: count,
  items: listOf((_): _ is unknown => true),
  next: optional(isPosition),
})

/** Whether a list goes on: a page that leads back to where it began would never end. */
export const goesOn = (after: Position | undefined, next: Position | undefined): boolean =>
  after === undefined ||
  next === undefined ||
  next.order < after.order ||
  (next.order === after.order && next.id !== after.id)

const isState = having<BudgetState>({
  name,
  limit: positive,
  every: nullable(positive),
  refill: positive,
  remaining: count,
  moreAfter: nullable(count),
  retryAfter: nullable(count),
  refused: flag,
})

const isSpent = having<Spent>({ now: count, ok: flag, states: listOf(isState) })

/** Whether an answer says of each budget what became of it, and says yes only where none was refused. */
export const isSpentOf = (answer: unknown, budgets: readonly Budget[]): answer is Spent =>
  isSpent(answer) &&
  answer.states.length === budgets.length &&
  answer.states.every(({ name }, i) => name === budgets[i]?.name) &&
  answer.ok === answer.states.every(({ refused }) => !refused)

const isChange = having<Change>({
  number: positive,
  at: count,
  kind: oneOf(...(Object.keys(HANGS_ON) as Kind[])),
  id: name,
  effect: oneOf('ended', 'paused', 'resumed', 'narrowed'),
  status: name,
  epochs: mapOf(count),
})

export const isChanges = having<Changes>({ changes: listOf(isChange), cursor: count, reset: flag })

export const isSwept = having<{ removed: number; more: boolean }>({ removed: count, more: flag })
