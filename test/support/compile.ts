import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const config = ts.getParsedCommandLineOfConfigFile(
  join(root, 'tsconfig.json'),
  { noUnusedLocals: false },
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic() {},
  },
)

interface Compiling {
  readonly options?: ts.CompilerOptions
  /** Where packages are, instead of where they are found. */
  readonly paths?: Readonly<Record<string, string[]>>
}

/** The messages of the compiler on each of some modules that stand at the root of the project. */
export function diagnose(codes: readonly string[], { options: more = {}, paths = {} }: Compiling = {}): string[][] {
  const modules = new Map(codes.map((code, i) => [join(root, `block-${i}.ts`), code]))
  const options = { ...config?.options, ...more, paths: { ...config?.options.paths, ...paths } }
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = (name) => modules.has(name) || fileExists(name)
  host.getSourceFile = (name, ...rest) => {
    const code = modules.get(name)
    return code === undefined ? getSourceFile(name, ...rest) : ts.createSourceFile(name, code, ts.ScriptTarget.ES2022)
  }
  const program = ts.createProgram([...modules.keys()], options, host)
  return [...modules.keys()].map((path) => {
    const file = program.getSourceFile(path)
    return [...program.getSemanticDiagnostics(file), ...program.getSyntacticDiagnostics(file)].map(({ messageText }) =>
      ts.flattenDiagnosticMessageText(messageText, '\n'),
    )
  })
}
