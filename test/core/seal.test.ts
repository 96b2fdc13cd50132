import { createDecipheriv } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { lengthPrefixed } from '../../src/core/bytes.js'
import { createSealer, type Sealed, type SealingKey } from '../../src/core/seal.js'
import { ANYTHING, codeOf } from './support.js'

const key = (id: string, byte = 1): SealingKey => ({ id, key: new Uint8Array(32).fill(byte) })
const sealer = createSealer([key('2026')])
const CONTEXT = ['token', 'cl_0123456789a']
const SECRET = 'cl_the secret 🔑'
const REFUSED = { name: 'TokenloopError', code: 'not_sealed' }

/** The text with one character in the place exchanged, still base64url. */
const exchange = (text: string, at: number) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)

afterEach(() => vi.restoreAllMocks())

describe('a sealed text', () => {
  it('opens where it was sealed', async () => {
    for (const text of [SECRET, '', 'x'.repeat(10_000)]) {
      expect(await sealer.open(await sealer.seal(text, CONTEXT), CONTEXT)).toBe(text)
    }
  })

  it('does not show, and differs each time', async () => {
    const [a, b] = [await sealer.seal(SECRET, CONTEXT), await sealer.seal(SECRET, CONTEXT)]
    expect(a.key).toBe('2026')
    expect(a.nonce).toMatch(/^[\w-]{16}$/)
    expect(a.nonce).not.toBe(b.nonce)
    expect(a.box).not.toBe(b.box)
    expect(Buffer.from(a.box, 'base64url').toString('latin1')).not.toContain('secret')
  })

  it('is AES-256-GCM with key id and context authenticated, as another implementation reads it', async () => {
    const { nonce, box } = await sealer.seal(SECRET, CONTEXT)
    const bytes = Buffer.from(box, 'base64url')
    const decipher = createDecipheriv('aes-256-gcm', key('2026').key, Buffer.from(nonce, 'base64url'))
    decipher.setAAD(Buffer.from(lengthPrefixed(['2026', ...CONTEXT])))
    decipher.setAuthTag(bytes.subarray(-16))
    expect(decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8')).toBe(SECRET)
  })

  it('does not open in another row, nor with the parts of its context moved', async () => {
    const sealed = await sealer.seal(SECRET, CONTEXT)
    const others = [[], ['token'], ['token', 'cl_other'], [...CONTEXT].reverse(), [CONTEXT.join('')], [...CONTEXT, '']]
    for (const other of others) await expect(sealer.open(sealed, other)).rejects.toMatchObject(REFUSED)
  })

  it('does not open once any part of it was changed', async () => {
    const sealed = await sealer.seal('short', CONTEXT)
    const changed: Sealed[] = [{ ...sealed, key: '2025' }]
    for (let i = 0; i < sealed.nonce.length; i++) changed.push({ ...sealed, nonce: exchange(sealed.nonce, i) })
    for (let i = 0; i < sealed.box.length; i++) changed.push({ ...sealed, box: exchange(sealed.box, i) })
    for (let i = 0; i < sealed.box.length; i++) changed.push({ ...sealed, box: sealed.box.slice(0, i) })
    for (const other of changed) await expect(sealer.open(other, CONTEXT)).rejects.toMatchObject(REFUSED)
  })

  it('does not open as another: two boxes exchanged, two nonces exchanged', async () => {
    const [a, b] = [await sealer.seal('a', CONTEXT), await sealer.seal('b', CONTEXT)]
    await expect(sealer.open({ ...a, box: b.box }, CONTEXT)).rejects.toMatchObject(REFUSED)
    await expect(sealer.open({ ...a, nonce: b.nonce }, CONTEXT)).rejects.toMatchObject(REFUSED)
  })

  it('that is nothing of the kind is refused with the same error', async () => {
    const sealed = await sealer.seal(SECRET, CONTEXT)
    for (const value of ANYTHING) {
      for (const part of ['key', 'nonce', 'box']) {
        await expect(sealer.open({ ...sealed, [part]: value }, CONTEXT)).rejects.toMatchObject(REFUSED)
      }
      await expect(sealer.open(value as Sealed, CONTEXT)).rejects.toMatchObject(REFUSED)
    }
  })
})

describe('sealing keys', () => {
  it('the first seals, all of them open, and one that is gone does not', async () => {
    const before = await sealer.seal(SECRET, CONTEXT)
    const both = createSealer([key('2027', 2), key('2026')])
    expect(await both.open(before, CONTEXT)).toBe(SECRET)
    const after = await both.seal(SECRET, CONTEXT)
    expect(after.key).toBe('2027')
    await expect(sealer.open(after, CONTEXT)).rejects.toMatchObject(REFUSED)
  })

  it('another key under the same id does not open', async () => {
    const sealed = await sealer.seal(SECRET, CONTEXT)
    await expect(createSealer([key('2026', 2)]).open(sealed, CONTEXT)).rejects.toMatchObject(REFUSED)
  })

  it('one key under two ids does not open what the other sealed', async () => {
    const both = createSealer([key('a'), key('b')])
    const sealed = await both.seal(SECRET, CONTEXT)
    await expect(both.open({ ...sealed, key: 'b' }, CONTEXT)).rejects.toMatchObject(REFUSED)
  })

  it('A20.17 are copied', async () => {
    const given = key('2026')
    const own = createSealer([given])
    const sealed = await own.seal(SECRET, CONTEXT)
    given.key.fill(9)
    expect(await own.open(sealed, CONTEXT)).toBe(SECRET)
    expect(await sealer.open(await own.seal(SECRET, CONTEXT), CONTEXT)).toBe(SECRET)
  })

  it.each([
    ['none', []],
    ['a short one', [{ id: 'a', key: new Uint8Array(16) }]],
    ['a long one', [{ id: 'a', key: new Uint8Array(33) }]],
    ['an empty id', [key('')]],
    ['two of one id', [key('a'), key('a', 2)]],
  ])('%s is refused', (_, keys) => {
    expect(codeOf(() => createSealer(keys))).toBe('invalid_option')
  })

  it('what is no id or no key is refused', () => {
    for (const value of ANYTHING) {
      if (typeof value !== 'string')
        expect(codeOf(() => createSealer([{ ...key('a'), id: value as string }]))).toBe('invalid_option')
      expect(codeOf(() => createSealer([{ id: 'a', key: value as Uint8Array }]))).toBe('invalid_option')
    }
  })

  it('a runtime without AES-GCM fails where a text is sealed or opened, and nowhere else', async () => {
    const unhandled: unknown[] = []
    const listen = (why: unknown) => unhandled.push(why)
    process.on('unhandledRejection', listen)
    const importKey = () => Promise.reject(new Error('not supported'))
    vi.spyOn(crypto, 'subtle', 'get').mockReturnValue(Object.create(crypto.subtle, { importKey: { value: importKey } }))
    const own = createSealer([key('2026')])
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', listen)
    expect(unhandled).toEqual([])
    await expect(own.seal(SECRET, CONTEXT)).rejects.toThrow('not supported')
    await expect(own.open({ key: '2026', nonce: 'AAAA', box: 'AAAA' }, CONTEXT)).rejects.toMatchObject(REFUSED)
  })
})
