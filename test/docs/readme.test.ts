import { expect, it } from 'vitest'
import { blocksOf, diagnose, PAGES } from './blocks.js'

const readme = PAGES.find(([page]) => page === 'README.md')?.[1] ?? ''
/** What stands in comments is for the compiler alone. */
const blocks = blocksOf(readme.replace(/<!--[\s\S]*?-->/g, ''))

const linesOf = (code = '') => code.split('\n').filter((line) => line.trim() !== '').length

it('a misspelt scope in the README would not compile', () => {
  const misspelt = readme.replace("scopes: ['issues:read'] })", "scopes: ['issues:reed'] })")
  expect(diagnose(misspelt).join('\n')).toMatch(/issues:reed/)
}, 60_000)

it('the first token takes at most 15 lines', () => {
  expect(linesOf(blocks[0])).toBeLessThanOrEqual(15)
})

it('a host of an authorization server takes at most 40 lines', () => {
  const host = blocks.find((code) => code.includes('createAuthorizationServer('))
  expect(linesOf(host)).toBeLessThanOrEqual(40)
})
