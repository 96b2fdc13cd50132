import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { nodesOf, parse, readFiles } from '../architecture/sources.js'
import { parseRegex } from './regex/parse.js'
import { growthOf, stepsOf } from './regex/steps.js'

const nodes = parse(readFiles('src')).flatMap(({ path, tree }) => [...nodesOf(tree)].map((node) => ({ path, node })))
const literals = nodes
  .filter(({ node }) => ts.isRegularExpressionLiteral(node))
  .map(({ path, node }) => [path, node.getText()] as const)

function toRegExp(literal: string): RegExp {
  const end = literal.lastIndexOf('/')
  return new RegExp(literal.slice(1, end), literal.slice(end + 1))
}

/** Twice the text costs at most twice the work, with some room for the parts that do not grow. */
const LINEAR = 2.2

describe('the regular expressions of the package', () => {
  it.each(literals)('A20.13 %s: %s does work in proportion to its input, whatever that is', (_, literal) => {
    expect(growthOf(toRegExp(literal))).toBeLessThan(LINEAR)
  })

  it('A20.13 are all written down: none is put together from texts', () => {
    const made = nodes.filter(
      ({ node }) => ts.isIdentifier(node) && node.text === 'RegExp' && ts.isNewExpression(node.parent),
    )
    expect(literals.length).toBeGreaterThan(5)
    expect(made.map(({ path, node }) => `${path} ${node.parent.getText()}`)).toEqual([])
  })
})

describe('the step counter', () => {
  it.each([
    '=+$',
    '(a+)+$',
    '^(a|a)*$',
    '^(a|aa)+$',
    '^(\\w+\\s?)*$',
    '^x (a*)*b$',
    '\\s+$',
    '^a*a*$',
    '^(a*)(.*)b$',
    '^[a-c]+[b-d]+$',
  ])('finds that /%s/ does more than that', (source) => expect(growthOf(new RegExp(source))).toBeGreaterThan(3))

  it.each([
    '^[a-z]+$',
    '^a+b+$',
    '[\\0\\n]',
    '^(\\d{1,12})(ms|s|m)$',
    '^[a-z][a-z0-9]*(_[a-z0-9]+)*$',
    '^(?:a|b)+$',
    'a{2,3}',
  ])('finds that /%s/ does not', (source) => expect(growthOf(new RegExp(source))).toBeLessThan(LINEAR))

  it('knows nothing of what it was not taught', () => {
    for (const source of ['\\bx', '(?<=a)b', '(a)\\1', '\\P{L}'])
      expect(() => parseRegex(new RegExp(source, 'u'))).toThrow(/does not know/)
    expect(() => parseRegex(/a/m)).toThrow(/does not know/)
  })

  it('counts what a matcher looks at', () => {
    expect(stepsOf(parseRegex(/^ab$/), 'ab')).toBe(2)
    expect(stepsOf(parseRegex(/^\p{L}b$/u), 'éb')).toBe(2)
    expect(stepsOf(parseRegex(/^a*$/i), 'AaA')).toBe(4)
    expect(stepsOf(parseRegex(/^(?!b)[^b]$/), 'a')).toBe(2)
  })
})
