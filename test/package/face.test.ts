import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { entry } from '../../tsup.config.js'
import { ROOT } from './bundle.js'

const config = ts.getParsedCommandLineOfConfigFile(
  join(ROOT, 'tsconfig.json'),
  {},
  { ...ts.sys, onUnRecoverableConfigFileDiagnostic() {} },
)
/** The command line exports nothing. */
const faces = Object.values(entry).filter((path) => !/\/(engine|cli)\//.test(path))
const program = ts.createProgram(
  faces.map((path) => join(ROOT, path)),
  config?.options ?? {},
)
const checker = program.getTypeChecker()

const original = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

/** What an entry exports. */
function exportsOf(path: string): ts.Symbol[] {
  const source = program.getSourceFile(join(ROOT, path))
  const module = source && checker.getSymbolAtLocation(source)
  return module === undefined ? [] : checker.getExportsOfModule(module).map(original)
}

/** The types that a declaration names where a caller sees them: not in the body of a function, nor in what is private. */
function* typesIn(node: ts.Node): Iterable<ts.EntityName | ts.Expression> {
  if (ts.isTypeReferenceNode(node)) yield node.typeName
  if (ts.isExpressionWithTypeArguments(node)) yield node.expression
  for (const child of node.getChildren()) {
    const isHidden = ts.isBlock(child) || (ts.isPropertyDeclaration(child) && ts.isPrivateIdentifier(child.name))
    if (!isHidden) yield* typesIn(child)
  }
}

const isOurs = (symbol: ts.Symbol): boolean =>
  symbol.declarations?.some(
    (declaration) =>
      declaration.getSourceFile().fileName.startsWith(join(ROOT, 'src/')) &&
      !ts.isTypeParameterDeclaration(declaration),
  ) ?? false

const known = new Set(faces.flatMap(exportsOf))

describe('every type that an entry speaks of can be imported', () => {
  it.each(faces)('from the package: %s', (path) => {
    const own = exportsOf(path)
    expect(own.length).toBeGreaterThan(0)
    const missing = own.flatMap((symbol) =>
      (symbol.declarations ?? [])
        .flatMap((declaration) => [...typesIn(declaration)])
        .map((name) => checker.getSymbolAtLocation(name))
        .filter((named) => named !== undefined)
        .map(original)
        .filter((named) => isOurs(named) && !known.has(named))
        .map((named) => `${symbol.name}: ${named.name}`),
    )
    expect([...new Set(missing)].sort()).toEqual([])
  })
})
