import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import ts from 'typescript'
import { ROOT } from './bundle.js'

/** What tests take from the source to make what they send: functions of their arguments, which know nothing of the rest. */
const MAKERS = ['core/base62', 'core/bytes', 'core/crc32', 'core/credential', 'jwt/jwk', 'store/around'].map(
  (name) => `src/${name}.ts`,
)

/**
 * How a part is asked without a `Request`, which flows do where the library is of one build with it. To the package it is a stranger's: there
 * the same flows go by way of a `Request`, and what mounts a server as hosts do goes the short way.
 */
const SHORT_WAY = 'src/core/plain.ts'

/** What starts processes, or builds from the source itself. */
const OF_SOURCE = [
  'test/support/workers.ts',
  'test/package/bundle.ts',
  'tsup.config.ts',
  'test/architecture/sources.ts',
  'test/docs/blocks.ts',
]

/** The test files that reach the library by its public names alone, and the others. */
export function split(): { readonly outside: readonly string[]; readonly inside: readonly string[] } {
  const all = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules/'))
    .map((path) => posix.join('test', path))
    .sort()
  const isOutside = (path: string) =>
    [...reachedFrom(path)].every(
      (file) => !OF_SOURCE.includes(file) && (!file.startsWith('src/') || file === SHORT_WAY || MAKERS.includes(file)),
    )
  return { outside: all.filter(isOutside), inside: all.filter((path) => !isOutside(path)) }
}

/** A file and all that it imports for more than its types; of the source, only what is imported from elsewhere. */
function reachedFrom(path: string, reached = new Set<string>()): ReadonlySet<string> {
  if (reached.has(path)) return reached
  reached.add(path)
  if (!path.startsWith('src/')) for (const next of importedBy(path)) reachedFrom(next, reached)
  return reached
}

const known = new Map<string, readonly string[]>()

function importedBy(path: string): readonly string[] {
  const imported = known.get(path) ?? readImports(path)
  known.set(path, imported)
  return imported
}

function readImports(path: string): readonly string[] {
  if (!path.endsWith('.ts') || !existsSync(join(ROOT, path))) return []
  const tree = ts.createSourceFile(path, readFileSync(join(ROOT, path), 'utf8'), ts.ScriptTarget.Latest)
  return tree.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return []
    const from = statement.moduleSpecifier
    if (from === undefined || !ts.isStringLiteral(from) || !from.text.startsWith('.') || isOfTypes(statement)) return []
    return [posix.join(posix.dirname(path), from.text).replace(/\.js$/, '.ts')]
  })
}

function isOfTypes(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly
  const clause = statement.importClause
  const named = clause?.namedBindings
  if (clause === undefined || clause.isTypeOnly) return clause !== undefined
  const allTypes =
    named !== undefined && ts.isNamedImports(named) && named.elements.every(({ isTypeOnly }) => isTypeOnly)
  return clause.name === undefined && allTypes
}
