import { fromBase64url, fromUtf8, toBase64url, utf8 } from './bytes.js'
import { TokenloopError } from './errors.js'
import { checkText } from './text.js'

/** Where a page of a list ended, as a text to hand out. */
export const formatCursor = (position: { readonly order: number; readonly id: string }): string =>
  toBase64url(utf8(`${position.order} ${position.id}`))

/** A cursor that came back. Throws `invalid_cursor` for anything that no list handed out. */
export function parseCursor(cursor: unknown): { order: number; id: string } {
  const bytes = typeof cursor === 'string' && cursor.length <= 1024 ? fromBase64url(cursor) : undefined
  const [, order, text] = /^(\d{1,16}) (.+)$/.exec(bytes === undefined ? '' : textOf(bytes)) ?? []
  if (text === undefined) throw new TokenloopError('invalid_cursor', 'no list handed out this cursor')
  const id = checkText(text, { label: 'a cursor', code: 'invalid_cursor', max: 300 })
  if (!Number.isSafeInteger(Number(order))) throw new TokenloopError('invalid_cursor', 'a cursor must name a place')
  return { order: Number(order), id }
}

function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes)
  } catch {
    return ''
  }
}
