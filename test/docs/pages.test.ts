import { describe, expect, it } from 'vitest'
import { blocksOf, diagnose, PAGES } from './blocks.js'

describe('the code of a page of the documentation compiles, block after block:', () => {
  it.each(PAGES.filter(([, text]) => blocksOf(text).length > 0))(
    '%s',
    (_, text) => {
      expect(diagnose(text)).toEqual([])
    },
    60_000,
  )
})

describe('code that does not compile is seen', () => {
  const page = (...blocks: string[]) => blocks.map((code) => `\`\`\`ts\n${code}\n\`\`\`\n`).join('\ntext\n\n')

  it.each([
    ['a misspelt name', page(`import { creatTokens } from 'tokenloop'`), /creatTokens/],
    ['a name that no block before it has', page('export const x = given'), /given/],
    ['a file that the page does not have', page(`import { b } from './lib/b.js'`), /lib\/b\.js/],
    [
      'a wrong type out of another file of the page',
      page('// lib/a.ts\nexport const a = 1', `// b.ts\nimport { a } from './lib/a.js'\nexport const b: string = a`),
      /not assignable to type 'string'/,
    ],
  ])('%s', (_, text, message) => {
    expect(diagnose(text).join('\n')).toMatch(message)
  })

  it('and neither what a comment of the page declares, nor what another file of it exports, is missed', () => {
    const hidden = `<!--\n${page('declare const given: number')}-->\n`
    expect(diagnose(hidden + page('export const x = given'))).toEqual([])
    expect(diagnose(page('// a.ts\nexport const a = 1', `// b.ts\nimport { a } from './a.js'\nexport { a }`))).toEqual(
      [],
    )
  })
})
