import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** Files by their path from the root of the repository. */
export type Files = Readonly<Record<string, string>>

export interface Source {
  readonly path: string
  readonly text: string
  readonly tree: ts.SourceFile
  /** What it imports or re-exports, types and dynamic imports included. */
  readonly imports: readonly string[]
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const IS_SOURCE = /\.(ts|mts|tsx)$/

/** Every TypeScript file below these folders, but those of installed packages. */
export function readFiles(...folders: string[]): Files {
  const paths = folders.flatMap((folder) =>
    readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' }).map((path) => posix.join(folder, path)),
  )
  const sources = paths.filter((path) => IS_SOURCE.test(path) && !path.includes('/node_modules/')).sort()
  return Object.fromEntries(sources.map((path) => [path, readFileSync(ROOT + path, 'utf8')]))
}

export const parse = (files: Files): readonly Source[] =>
  Object.entries(files).map(([path, text]) => {
    const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
    return { path, text, tree, imports: [...nodesOf(tree)].flatMap(importedBy) }
  })

/** A node and all below it. */
export function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node
  for (const child of node.getChildren()) yield* nodesOf(child)
}

function importedBy(node: ts.Node): string[] {
  const module = moduleOf(node)
  return module !== undefined && ts.isStringLiteralLike(module) ? [module.text] : []
}

function moduleOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isExternalModuleReference(node)) return node.expression
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal
  if (!ts.isCallExpression(node)) return undefined
  const loads = node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === 'require'
  return loads ? node.arguments[0] : undefined
}

/** The path that a relative import means, `.js` being the name of what `.ts` becomes. */
export const resolve = (from: string, specifier: string): string =>
  posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts')

export const isRelative = (specifier: string): boolean => specifier.startsWith('.')

/** `src/core/engine/node.ts` is of the layer `core`; `src/index.ts` is a layer of its own. */
export const layerOf = (path: string): string => (path.split('/')[1] ?? '').replace(/\.ts$/, '')

/** Where an identifier stands for a value, not for the name of a member, a declaration or a type. */
export function isReference(node: ts.Node): node is ts.Identifier {
  if (!ts.isIdentifier(node)) return false
  const { parent } = node
  if (ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent) || ts.isExpressionWithTypeArguments(parent))
    return false
  return !('name' in parent && parent.name === node) || ts.isShorthandPropertyAssignment(parent)
}
