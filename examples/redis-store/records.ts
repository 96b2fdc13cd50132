import type { EventRecord, Filters, Kind, ListKind, Position, Records } from 'tokenloop'

type Subject = { readonly kind: string; readonly id: string }
const named = ({ kind, id }: Subject): string => `${kind}:${id}`

type Lists<Content> = Readonly<Record<string, (record: Content) => string | null>>

/** The lists by which records are asked for, and as what a record stands in each; `null` for not at all, or a kind that has no lists. */
const LISTS: { readonly [K in Kind]: Lists<Records[K]> | null } = {
  token: { owner: ({ owner }) => named(owner), tenant: ({ tenant }) => tenant },
  account: { tenant: ({ tenant }) => tenant, type: ({ type }) => type },
  client: { tenant: ({ tenant }) => tenant },
  grant: { subject: ({ subject }) => subject, client: ({ client }) => client, tenant: ({ tenant }) => tenant },
  authorization: null,
  access: null,
  key: {},
}
const EVENT_LISTS: Lists<EventRecord> = {
  about: ({ about }) => about,
  owner: ({ owner }) => (owner === undefined ? null : named(owner)),
  tenant: ({ tenant }) => tenant ?? null,
  by: ({ by }) => named(by),
}

/** The list of all records of a kind. */
const ALL = ''

function listsOf<Content>(lists: Lists<Content> | null, record: Content): readonly string[] {
  if (lists === null) return []
  const standsIn = Object.entries(lists).flatMap(([name, of]) => {
    const value = of(record)
    return value === null ? [] : [`${name}=${value}`]
  })
  return [ALL, ...standsIn]
}

/** A filter as the lists that a record must stand in, the first of which is walked, and what else must hold. */
export function searchOf(kind: ListKind, filter: Filters[ListKind]) {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined)
  const known = (kind === 'event' ? EVENT_LISTS : LISTS[kind]) ?? {}
  const isList = ([name]: readonly [string, unknown]) => Object.hasOwn(known, name)
  const lists = given
    .filter(isList)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : named(value)}`)
  return {
    lists: lists.length === 0 ? [ALL] : lists,
    where: Object.fromEntries(given.filter((entry) => !isList(entry))),
  }
}

type Step = readonly [role: string, kind: Kind, id: string]
const ofTenant = (tenant: string | null): readonly Step[] =>
  tenant === null ? [] : [['tenant', 'account', `tenant:${tenant}`]]

/** What a record of each kind hangs on directly: what `Chains` of the library names. */
const HANGS_ON: { readonly [K in Kind]: (record: Records[K]) => readonly Step[] } = {
  token: ({ owner, tenant }) => [['owner', 'account', named(owner)], ...ofTenant(tenant)],
  account: ({ tenant }) => ofTenant(tenant),
  client: ({ tenant }) => ofTenant(tenant),
  grant: ({ subject, tenant, client }) => [
    ...(subject === null ? [] : [['subject', 'account', `user:${subject}`] as const]),
    ...ofTenant(tenant),
    ['client', 'client', client],
  ],
  authorization: ({ grant }) => [['grant', 'grant', grant]],
  access: ({ authorization }) => [['authorization', 'authorization', authorization]],
  key: () => [],
}

const ORDER_DIGITS = 16

/** Where a record stands in its lists, which Redis keeps by their bytes. */
export const placeOf = ({ order, id }: Position): string => `${String(order).padStart(ORDER_DIGITS, '0')}:${id}`
export const positionOf = (place: string): Position => ({
  order: Number(place.slice(0, ORDER_DIGITS)),
  id: place.slice(ORDER_DIGITS + 1),
})

/** A record as the script keeps it. `keepUntil` is a field of its own, which a sweep changes. */
function stored(
  { keepUntil, ...record }: EventRecord | Records[Kind],
  place: string,
  lists: readonly string[],
  steps: readonly Step[],
) {
  return {
    json: JSON.stringify(record),
    place,
    lists: JSON.stringify(lists),
    hangsOn: JSON.stringify(steps),
    ...(keepUntil !== null && { keepUntil }),
    ...(record.unique !== null && { unique: record.unique }),
  }
}

export const storedRecord = <K extends Kind>(kind: K, id: string, record: Records[K]) =>
  stored(record, placeOf({ order: record.order, id }), listsOf(LISTS[kind], record), HANGS_ON[kind](record))

export const storedEvent = (event: EventRecord) => ({
  id: event.id,
  record: stored(event, placeOf(event), listsOf(EVENT_LISTS, event), []),
})
