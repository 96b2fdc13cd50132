import { fromBase64url, fromUtf8, toBase64url, utf8 } from './bytes.js'
import { TokenloopError } from './errors.js'

/** Where a page of a list ended, as a text to hand out. */
export const formatCursor = (position: { readonly order: number; readonly id: string }): string =>
  toBase64url(utf8(`${position.order} ${position.id}`))

/** A cursor that came back. Throws `invalid_cursor` for anything that no list handed out. */
export function parseCursor(cursor: unknown): { order: number; id: string } {
  const bytes = typeof cursor === 'string' && cursor.length <= 1024 ? fromBase64url(cursor) : undefined
  const [, order, id] = /^(\d{1,16}) (.+)$/.exec(bytes === undefined ? '' : textOf(bytes)) ?? []
  if (order === undefined || id === undefined)
    throw new TokenloopError('invalid_cursor', 'no list handed out this cursor')
  return { order: Number(order), id }
}

function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes)
  } catch {
    return ''
  }
}
