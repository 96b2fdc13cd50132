import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const blocks = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
  ([, code]) => code,
)

/** What the README leaves to its reader. */
const READER = `
import type { User } from 'tokenloop'
import type { ConsentView } from 'tokenloop/oauth'
declare function actorOf(request: Request): Promise<User | undefined>
declare function session(request: Request): Promise<{ id: string; user: string; at: number } | undefined>
declare function consentPage(view: ConsentView, handle: string): string
`

/** The messages of the compiler on a module that stands at the root of the project. */
function diagnose(code: string): string[] {
  const path = join(root, 'readme-blocks.ts')
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    { noUnusedLocals: false },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic() {},
    },
  )
  const options = config?.options ?? {}
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = (name) => name === path || fileExists(name)
  host.getSourceFile = (name, ...rest) =>
    name === path ? ts.createSourceFile(name, code, ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest)
  const program = ts.createProgram([path], options, host)
  const file = program.getSourceFile(path)
  return [...program.getSemanticDiagnostics(file), ...program.getSyntacticDiagnostics(file)].map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, '\n'),
  )
}

it('the code of the README compiles, block after block', () => {
  expect(blocks.length).toBeGreaterThan(3)
  expect(diagnose(READER + blocks.join('\n'))).toEqual([])
}, 60_000)

it('a misspelt scope in the README would not compile', () => {
  const misspelt = blocks.join('\n').replace("scopes: ['issues:read'] })", "scopes: ['issues:reed'] })")
  expect(diagnose(READER + misspelt)).not.toEqual([])
}, 60_000)

it('the first token takes at most 15 lines', () => {
  expect(blocks[0]?.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(15)
})

it('a host of an authorization server takes at most 40 lines', () => {
  const host = blocks.find((code) => code?.includes('createAuthorizationServer('))
  expect(host?.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(40)
})
