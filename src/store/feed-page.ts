import type { Changes, TokenStore } from './store.js'

const MOST = 1000

/**
 * The page of the revocation feed that a request names: `after`, the number of the last entry that is known, and `limit`. `undefined` for
 * a request that names none. Rejects with `unavailable`.
 */
export async function feedPage(store: Pick<TokenStore, 'changes'>, url: string): Promise<Changes | undefined> {
  const { searchParams } = new URL(url)
  const [after, limit] = [numberIn(searchParams, 'after'), numberIn(searchParams, 'limit')]
  if (after === undefined || limit === undefined || limit < 1) return undefined
  return store.changes(after, Math.min(limit, MOST))
}

function numberIn(parameters: URLSearchParams, name: string): number | undefined {
  const [text, ...more] = parameters.getAll(name)
  const value = text !== undefined && more.length === 0 && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(value) ? value : undefined
}
