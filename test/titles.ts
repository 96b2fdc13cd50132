import ts from 'typescript'
import { type Files, nodesOf, parse, readFiles } from './architecture/sources.js'

/** `for (const { name, run } of storeContract) it(name, …)` */
const RUNS_CONTRACT = /of storeContract\)\s*\{?\s*it\(name/

const ID = /^(?:A\d+\.\d+|R\d+)(?=[\s,:])/

/** The test of these very functions, whose texts only look like titles. */
const OWN = 'test/rows.test.ts'

/** The ids of rows at the beginning of a title, such as `A1.2 A1.4 a token …`. */
export function idsOf(title: string): string[] {
  const [id] = ID.exec(title) ?? []
  return id === undefined ? [] : [id, ...idsOf(title.slice(id.length).replace(/^,?\s+/, ''))]
}

/** The texts of a file that are titles of tests: all that begin with an id, but for tests that are not run. */
function titlesIn(files: Files): string[] {
  return parse(files).flatMap(({ tree }) =>
    [...nodesOf(tree)].flatMap((node) => {
      const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node)
      return isText && !/\.(skip|todo|fails)\b/.test(callOf(node)) ? [node.text] : []
    }),
  )
}

/** What a text is an argument of, such as `it.each(…)`. */
function callOf(node: ts.Node): string {
  const argument = ts.isTemplateHead(node) ? node.parent : node
  return ts.isCallExpression(argument.parent) ? argument.parent.expression.getText() : ''
}

/** The ids that each test file holds up. One that runs the contract of the stores holds up what the contract does. */
export function idsByFile(): Map<string, Set<string>> {
  const contract = titlesIn(readFiles('src/testing'))
  const tests = Object.entries(readFiles('test')).filter(([path]) => path.endsWith('.test.ts') && path !== OWN)
  return new Map(
    tests.map(([path, text]) => {
      const titles = titlesIn({ [path]: text })
      const all = RUNS_CONTRACT.test(text) ? [...titles, ...contract] : titles
      return [path, new Set(all.flatMap(idsOf))]
    }),
  )
}
