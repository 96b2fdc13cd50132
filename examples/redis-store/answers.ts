import type { Budget, BudgetState, Chains, Kind, Link, Records, Use } from 'tokenloop'
import type { Found, FoundLink, FoundUse } from './script.js'

/** What was found, as it was written. The library looks at every record that it reads, so that nothing is checked here. */
export function readOf<K extends Kind>([version, json, keepUntil]: Found): {
  readonly version: number
  readonly record: Records[K] | undefined
} {
  if (version === 0) return { version, record: undefined }
  return { version, record: { ...JSON.parse(json), keepUntil: keepUntil === '' ? null : Number(keepUntil) } }
}

const missing = (kind: Kind): Link => ({ kind, id: '', version: 0, record: undefined })

/** What a chain has even where the record that would name it is missing. */
const ALWAYS: { readonly [K in Kind]?: object } = {
  authorization: { grant: missing('grant'), client: missing('client') },
  access: { authorization: missing('authorization'), grant: missing('grant'), client: missing('client') },
}

export function chainOf<K extends Kind>(kind: K, found: readonly FoundLink[]): Chains[K] {
  const links = found.map(([role, kind, id, read]) => [role, { kind, id, ...readOf(read) }])
  return { ...ALWAYS[kind], ...Object.fromEntries(links) }
}

export const useOf = ([at, count, ip]: FoundUse): Use | null =>
  at === undefined || count === undefined ? null : { at, count, ip: ip ?? null }

/** How a limit stands: `spent` of it since a moment, and whether the call was allowed that much. */
export function stateOf(budget: Budget, spent: number, since: number, isAllowed: boolean, now: number): BudgetState {
  const { name, limit, every, refill, cost } = budget
  /** In what time so much has come back. What takes longer than can be counted is as good as never. */
  const after = (amount: number) =>
    every === null ? null : Math.min(Number.MAX_SAFE_INTEGER, since + Math.ceil(amount / refill) * every - now)
  return {
    name,
    limit,
    every,
    refill,
    remaining: Math.max(0, limit - spent),
    moreAfter: spent === 0 ? null : after(1),
    retryAfter: isAllowed || cost > limit ? null : after(spent + cost - limit),
    refused: !isAllowed,
  }
}

/** Of a holder that there is not: it has ended, and spends nothing. */
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
