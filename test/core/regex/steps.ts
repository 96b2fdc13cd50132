import { type Node, parseRegex } from './parse.js'

/** More steps than this are as many as there could ever be. */
const MOST_STEPS = 100_000

/** How many characters a backtracking matcher looks at, from every place of the text, before it finds a match or none. */
export function stepsOf(expression: Node, text: string): number {
  let steps = 0

  function match(node: Node, at: number, then: (at: number) => boolean): boolean {
    if (steps > MOST_STEPS) return true
    switch (node.kind) {
      case 'set':
        steps++
        return at < text.length && node.has(text.charAt(at)) && then(at + 1)
      case 'start':
        return at === 0 && then(at)
      case 'end':
        return at === text.length && then(at)
      case 'ahead':
        return match(node.part, at, () => true) === node.wanted && then(at)
      case 'choice':
        return node.parts.some((part) => match(part, at, then))
      case 'sequence':
        return inOrder(node.parts, at, then)
      case 'repeat':
        return again(node, 0, at, then)
    }
  }

  function inOrder([first, ...rest]: readonly Node[], at: number, then: (at: number) => boolean): boolean {
    return first === undefined ? then(at) : match(first, at, (next) => inOrder(rest, next, then))
  }

  function again(node: Node & { kind: 'repeat' }, count: number, at: number, then: (at: number) => boolean): boolean {
    const more = () => match(node.part, at, (next) => next > at && again(node, count + 1, next, then))
    return (count < node.most && more()) || (count >= node.least && then(at))
  }

  for (let start = 0; start <= text.length; start++) if (match(expression, start, () => true)) break
  return steps
}

const CHARACTERS = [...Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)), '\u2028', '日']

function setsIn(node: Node): ((character: string) => boolean)[] {
  if (node.kind === 'set') return [node.has]
  return 'parts' in node ? node.parts.flatMap(setsIn) : 'part' in node ? setsIn(node.part) : []
}

/** One character for each way in which a character can fit the parts of the expression. */
function alphabetOf(expression: Node): string[] {
  const sets = setsIn(expression)
  return [...new Map(CHARACTERS.map((c) => [sets.map((has) => (has(c) ? 1 : 0)).join(''), c])).values()]
}

/** A shortest text that a part matches. */
function sampleOf(node: Node): string {
  switch (node.kind) {
    case 'set':
      return CHARACTERS.find(node.has) ?? ''
    case 'sequence':
      return node.parts.map(sampleOf).join('')
    case 'choice':
      return node.parts.map(sampleOf).sort((a, b) => a.length - b.length)[0] ?? ''
    case 'repeat':
      return sampleOf(node.part).repeat(node.least)
    default:
      return ''
  }
}

/** For every repetition, a text that leads up to it and one that goes through it once. */
function repetitionsIn(node: Node, before = ''): { before: string; body: string }[] {
  switch (node.kind) {
    case 'repeat':
      return [{ before, body: sampleOf(node.part) }, ...repetitionsIn(node.part, before)]
    case 'choice':
      return node.parts.flatMap((part) => repetitionsIn(part, before))
    case 'sequence':
      return node.parts.flatMap((part, i) =>
        repetitionsIn(part, before + node.parts.slice(0, i).map(sampleOf).join('')),
      )
    case 'ahead':
      return repetitionsIn(node.part, before)
    default:
      return []
  }
}

/**
 * The worst growth of the work when an adversarial text is doubled: 2 for a linear expression, 4 for a quadratic one. Every
 * repetition is reached by what leads up to it, then fed with each text of one or two characters, many times over, and
 * ended so that the match fails.
 */
export function growthOf(expression: RegExp, length = 60): number {
  const parsed = parseRegex(expression)
  const alphabet = alphabetOf(parsed)
  const pairs = alphabet.flatMap((a) => alphabet.map((b) => a + b))
  const befores = new Map([['', ['']], ...repetitionsIn(parsed).map(({ before, body }) => [before, [body]] as const)])
  let worst = 0
  const fewest = (a: string, b: string) => setsOf(a) - setsOf(b)
  const setsOf = (character: string) => setsIn(parsed).filter((has) => has(character)).length
  const ends = ['', [...alphabet].sort(fewest)[0] ?? '']
  for (const [before, bodies] of befores) {
    for (const pump of [...alphabet, ...pairs, ...bodies].filter((pump) => pump !== '')) {
      for (const end of ends) {
        const steps = (times: number) => stepsOf(parsed, before + pump.repeat(times) + end)
        const [one, two] = [steps(length), steps(2 * length)]
        if (two > MOST_STEPS) return Infinity
        if (two > 4 * length) worst = Math.max(worst, two / one)
      }
    }
  }
  return worst
}
