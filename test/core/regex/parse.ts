/** A regular expression, as far as this package uses them. Parsing one that has anything else throws. */
export type Node =
  | { readonly kind: 'set'; readonly has: (character: string) => boolean }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: number; readonly most: number }
  | { readonly kind: 'ahead'; readonly part: Node; readonly wanted: boolean }

type Test = (character: string) => boolean

const NAMED: Readonly<Record<string, RegExp>> = { d: /\d/, D: /\D/, w: /\w/, W: /\W/, s: /\s/, S: /\S/ }
const CONTROL: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', v: '\v', f: '\f', 0: '\0' }
const COUNT = /^\{(\d+)(,?)(\d*)\}/

export function parseRegex({ source, flags }: RegExp): Node {
  let at = 0
  const fold = flags.includes('i')
  const peek = () => source.charAt(at)
  const unsupported = (what: string) => new Error(`the step counter does not know ${what} of /${source}/${flags}`)
  if (/[mvy]/.test(flags)) throw unsupported('the flags')

  const eat = (text: string) => {
    const there = source.startsWith(text, at)
    if (there) at += text.length
    return there
  }
  const one = (expected: string): Test =>
    fold ? (c) => c.toLowerCase() === expected.toLowerCase() : (c) => c === expected

  function escaped(): Test | string {
    const letter = source.charAt(at++)
    const named = NAMED[letter]
    if (named !== undefined) return (c) => named.test(c)
    if (letter === 'p' && flags.includes('u')) return property()
    const digits = { x: 2, u: 4 }[letter]
    if (digits === undefined && /[A-Za-z1-9]/.test(letter) && CONTROL[letter] === undefined)
      throw unsupported(`\\${letter}`)
    if (digits === undefined) return CONTROL[letter] ?? letter
    const code = source.slice(at, at + digits)
    if (!/^[\da-f]+$/i.test(code)) throw unsupported(`\\${letter}${code}`)
    at += digits
    return String.fromCharCode(Number.parseInt(code, 16))
  }

  /** A property of Unicode, which is of one character. */
  function property(): Test {
    const [name = ''] = /^\{\w+\}/.exec(source.slice(at)) ?? []
    if (name === '') throw unsupported('\\p')
    at += name.length
    const named = new RegExp(`\\p${name}`, 'u')
    return (c) => named.test(c)
  }

  const member = (): Test | string => (eat('\\') ? escaped() : source.charAt(at++))

  function charactersIn(): Test {
    const negated = eat('^')
    const tests: Test[] = []
    while (!eat(']')) {
      const from = member()
      if (typeof from !== 'string') tests.push(from)
      else if (peek() === '-' && source.charAt(at + 1) !== ']') {
        at++
        const to = member()
        tests.push((c) => [c, ...(fold ? [c.toLowerCase(), c.toUpperCase()] : [])].some((c) => c >= from && c <= to))
      } else tests.push(one(from))
    }
    return (c) => tests.some((test) => test(c)) !== negated
  }

  function group(): Node {
    const ahead = eat('?=') ? true : eat('?!') ? false : undefined
    if (ahead === undefined && !eat('?:') && peek() === '?' && !/^\?<[A-Za-z]+>/.test(source.slice(at))) {
      throw unsupported('a group')
    }
    if (peek() === '?') at = source.indexOf('>', at) + 1
    const part = choice()
    if (!eat(')')) throw unsupported('a group without end')
    return ahead === undefined ? part : { kind: 'ahead', part, wanted: ahead }
  }

  function atom(): Node {
    if (eat('^')) return { kind: 'start' }
    if (eat('$')) return { kind: 'end' }
    if (eat('(')) return group()
    if (eat('[')) return { kind: 'set', has: charactersIn() }
    if (eat('.')) return { kind: 'set', has: (c) => !/[\n\r\u2028\u2029]/.test(c) }
    const expected = member()
    return { kind: 'set', has: typeof expected === 'string' ? one(expected) : expected }
  }

  function repeated(): Node {
    const part = atom()
    const [text, least = '', comma, most] = COUNT.exec(source.slice(at)) ?? []
    const range =
      text !== undefined
        ? [Number(least), comma === '' ? Number(least) : most === '' ? Infinity : Number(most)]
        : undefined
    const bounds = range ?? { '*': [0, Infinity], '+': [1, Infinity], '?': [0, 1] }[peek()]
    if (bounds === undefined) return part
    at += text?.length ?? 1
    eat('?')
    return { kind: 'repeat', part, least: bounds[0] ?? 0, most: bounds[1] ?? 0 }
  }

  function sequence(): Node {
    const parts: Node[] = []
    while (at < source.length && peek() !== '|' && peek() !== ')') parts.push(repeated())
    return { kind: 'sequence', parts }
  }

  function choice(): Node {
    const parts = [sequence()]
    while (eat('|')) parts.push(sequence())
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'choice', parts }
  }

  const whole = choice()
  if (at < source.length) throw unsupported('the end')
  return whole
}
