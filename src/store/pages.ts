import { formatCursor, parseCursor } from '../core/cursor.js'
import { TokenloopError } from '../core/errors.js'
import type { Names } from '../core/options.js'
import type { ItemOf, ListKind, Page, PageRequest, Position } from './store.js'

/** What callers of a list may ask for. */
export interface PageInput {
  /** How many items at the most, from 1 to 500; 50 by default. */
  readonly limit?: number
  /** The cursor of the page before. */
  readonly cursor?: string | undefined
}

export const PAGE: Names<PageInput> = { limit: true, cursor: true }

/** A page of a list. */
export interface PageOf<Item> {
  /** At most as many as were asked for. */
  readonly items: readonly Item[]
  /** For the next page; absent on the last one. */
  readonly cursor?: string
}

const MOST_ITEMS = 500

/** Throws `invalid_input` for a limit out of bounds, `invalid_cursor` for a foreign cursor. */
export function pageRequest({ limit = 50, cursor }: PageInput): PageRequest {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ITEMS) {
    throw new TokenloopError('invalid_input', `a page has from 1 to ${MOST_ITEMS} items`)
  }
  return { limit, ...(cursor !== undefined && { after: parseCursor(cursor) }) }
}

/** A page for the caller. */
export const pageOf = <Item>(items: readonly Item[], next: Position | undefined): PageOf<Item> => ({
  items,
  ...(next && { cursor: formatCursor(next) }),
})

/**
 * Fills a page with the items that pass `keep`, over as many pages of the store as that takes, so that what is left out makes no
 * page short.
 */
export async function fillPage<K extends ListKind, Item>(
  { limit, after }: PageRequest,
  read: (page: PageRequest) => Promise<Page<K>>,
  keep: (item: ItemOf<K>, now: number) => Item | undefined,
): Promise<{ items: Item[]; next?: Position }> {
  const items: Item[] = []
  let position = after
  // Where many are left out, larger pages follow: a page for the caller never takes one call of the store for each of them.
  for (let size = limit; ; size = MOST_ITEMS) {
    const page = await read({ limit: size, ...(position && { after: position }) })
    for (const item of page.items) {
      if (items.length === limit) return { items, ...(position && { next: position }) }
      const kept = keep(item, page.now)
      if (kept !== undefined) items.push(kept)
      position = placeOf(item)
    }
    if (page.next === undefined) return { items }
    position = page.next
    if (items.length === limit) return { items, next: position }
  }
}

const placeOf = (item: ItemOf<ListKind>): Position => ({
  order: 'record' in item ? item.record.order : item.order,
  id: item.id,
})
