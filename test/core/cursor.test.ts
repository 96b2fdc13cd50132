import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBase64url, utf8 } from '../../src/core/bytes.js'
import { formatCursor, parseCursor } from '../../src/core/cursor.js'
import { ANYTHING, codeOf } from './support.js'

const refusal = (cursor: unknown) => codeOf(() => parseCursor(cursor))
const encoded = (text: string) => toBase64url(utf8(text))

describe('a cursor', () => {
  it('leads back to where the page ended', () => {
    const ids = ['cl_0123456789a', 'account:sa_7', 'user:Zürich 🔑', `user:${'x'.repeat(255)}`, ' a ']
    for (const id of ids) {
      for (const order of [0, 1, 1_700_000_000_000_000, Number.MAX_SAFE_INTEGER]) {
        expect(parseCursor(formatCursor({ order, id }))).toEqual({ order, id })
      }
    }
  })

  it('needs no encoding in a URL', () => {
    expect(formatCursor({ order: 1, id: 'user:ÿ?&=/+🔑' })).toMatch(/^[\w-]+$/)
  })

  it.each([
    ['nothing', ''],
    ['a place alone', encoded('1')],
    ['a place without an id', encoded('1 ')],
    ['an id without a place', encoded(' a')],
    ['a place below zero', encoded('-1 a')],
    ['a place that is no number', encoded('1e3 a')],
    ['a place beyond the safe integers', encoded('9999999999999999 a')],
    ['NUL in its id', encoded('1 a\0b')],
    ['a line break in its id', encoded('1 a\nb')],
    ['an escape in its id', encoded('1 a\x1bb')],
    ['a blank id', encoded('1    ')],
    ['too long an id', encoded(`1 ${'x'.repeat(301)}`)],
    ['too many bytes in its id', encoded(`1 ${'🔑'.repeat(300)}`)],
    ['malformed UTF-8', toBase64url(new Uint8Array([0x31, 0x20, 0xff]))],
    ['padding', `${encoded('1 abcd')}=`],
    ['another alphabet', '+/+/'],
    ['1 MiB', 'A'.repeat(1_048_576)],
  ])('that has %s was handed out by no list', (_, cursor) => {
    expect(refusal(cursor)).toBe('invalid_cursor')
  })

  it('of any type throws no other error', () => {
    for (const value of ANYTHING) expect(refusal(value)).toBe('invalid_cursor')
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string().map(encoded), fc.base64String()), (cursor) => {
        expect(['invalid_cursor', 'nothing']).toContain(refusal(cursor))
      }),
    )
  })
})
