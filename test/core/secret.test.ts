import { Console } from 'node:console'
import { Writable } from 'node:stream'
import { format, inspect } from 'node:util'
import { serialize } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.js'

const TEXT = 'cl_00000000000111111111111111111111111111222222'
const secret = new Secret(TEXT)

/** What a console prints. */
function printed(...values: unknown[]): string {
  let text = ''
  const stdout = new Writable({
    write(chunk, _, done) {
      text += String(chunk)
      done()
    },
  })
  new Console({ stdout }).log(...values)
  return text
}

const thrown = new Error(`could not use ${secret}`, { cause: secret })

const WAYS: { readonly [way: string]: () => unknown } = {
  'String()': () => String(secret),
  'a template': () => `${secret}`,
  concatenation: () => `a ${secret}`,
  'Array.join': () => [secret, secret].join(),
  toLocaleString: () => secret.toLocaleString(),
  'JSON.stringify': () => JSON.stringify(secret),
  'JSON.stringify of what holds it': () => JSON.stringify({ issued: [{ secret }] }),
  'util.inspect': () => inspect(secret),
  'util.inspect of what holds it': () => inspect({ a: { b: { c: { d: secret } } }, list: [secret] }, { depth: null }),
  'util.inspect with everything shown': () =>
    inspect(secret, { showHidden: true, customInspect: false, getters: true }),
  'util.format': () => format('%s %o %O %j %d %i', secret, secret, secret, secret, secret, secret),
  'console.log': () => printed('issued', secret, { secret }, [secret]),
  'the stack of an error': () => `${thrown.stack} ${thrown.message}`,
  'an error with its cause': () => inspect(thrown),
  'Object.entries': () => JSON.stringify(Object.entries(secret)),
  'own names': () => JSON.stringify(Object.getOwnPropertyNames(secret)),
  spread: () => inspect({ ...secret }),
  'Object.assign': () => inspect(Object.assign({}, secret)),
  structuredClone: () => inspect(structuredClone(secret)),
  'v8.serialize': () => serialize(secret).toString('latin1'),
  'a number': () => Number(secret),
  'a map and a set': () => inspect([new Map([['a', secret]]), new Set([secret])]),
}

describe('a secret', () => {
  it.each(Object.entries(WAYS))('does not show in %s', (_, show) => {
    expect(String(show())).not.toContain(TEXT.slice(3, 20))
  })

  it('prints [redacted] where people and machines look', () => {
    expect(`${secret}`).toBe('[redacted]')
    expect(JSON.stringify({ secret })).toBe('{"secret":"[redacted]"}')
    expect(inspect({ secret })).toBe('{ secret: [redacted] }')
    expect(printed(secret)).toBe('[redacted]\n')
  })

  it('is read by reveal alone, as often as asked', () => {
    expect(secret.reveal()).toBe(TEXT)
    expect(secret.reveal()).toBe(TEXT)
  })

  it('is not revealed to what only looks like one', () => {
    expect(() => Secret.prototype.reveal.call(Object.create(Secret.prototype))).toThrow(TypeError)
    expect(Secret.prototype.toString.call({})).toBe('[redacted]')
  })
})
