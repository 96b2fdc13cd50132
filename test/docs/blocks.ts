import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Every page of the documentation, by its path, with its text. */
export const PAGES: readonly (readonly [page: string, text: string])[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !path.startsWith('reference'))
    .map((path) => `docs/${path}`)
    .sort(),
].map((page) => [page, readFileSync(join(ROOT, page), 'utf8')])

/** The TypeScript of a page, block by block. */
export const blocksOf = (text: string): readonly string[] =>
  [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)

/**
 * The blocks of a page as modules by their names: one after another in `index.ts`, or, from a block on whose first line is a comment
 * that is the name of a file (`// lib/auth.ts`), in that file, by which the others import it. What a page leaves to its reader is
 * declared in a block that stands in a comment of the page (`<!--` … `-->`).
 */
function modulesOf(text: string): ReadonlyMap<string, string> {
  const modules = new Map<string, string>()
  let name = 'index.ts'
  for (const code of blocksOf(text)) {
    name = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? name
    modules.set(name, (modules.get(name) ?? '') + code)
  }
  return modules
}

/** The messages of the compiler on the code of a page, as a module of this project and with its names for packages, or with others. */
export function diagnose(text: string, others: Readonly<Record<string, string[]>> = {}): string[] {
  const folder = join(ROOT, 'page')
  const files = new Map([...modulesOf(text)].map(([name, code]) => [join(folder, name), code]))
  const program = ts.createProgram(
    [...files.keys()],
    { ...OPTIONS, paths: { ...OPTIONS.paths, ...others } },
    withFiles(files),
  )
  return [...files.keys()].flatMap((path) => {
    const file = program.getSourceFile(path)
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(({ messageText }) =>
      ts.flattenDiagnosticMessageText(messageText, '\n'),
    )
  })
}

const OPTIONS = {
  ...ts.getParsedCommandLineOfConfigFile(
    join(ROOT, 'tsconfig.json'),
    { noUnusedLocals: false, noUnusedParameters: false },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic() {} },
  )?.options,
  incremental: false,
}

/** What was read of the disk, for all pages. */
const read = new Map<string, ts.SourceFile | undefined>()

/** A compiler host that finds some files besides those on the disk. */
function withFiles(files: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS)
  const folders = new Set([...files.keys()].map(dirname))
  return {
    ...host,
    fileExists: (path) => files.has(path) || host.fileExists(path),
    directoryExists: (path) => folders.has(path) || host.directoryExists?.(path) === true,
    readFile: (path) => files.get(path) ?? host.readFile(path),
    getSourceFile(path, options, ...rest) {
      const text = files.get(path)
      if (text !== undefined) return ts.createSourceFile(path, text, options)
      if (!read.has(path)) read.set(path, host.getSourceFile(path, options, ...rest))
      return read.get(path)
    },
  }
}
