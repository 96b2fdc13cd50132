import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { diagnose } from './support/compile.js'

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

it('the code of the README compiles, block after block, and with a misspelt scope it would not', () => {
  expect(blocks.length).toBeGreaterThan(3)
  const code = blocks.join('\n')
  const misspelt = code.replace("scopes: ['issues:read'] })", "scopes: ['issues:reed'] })")
  const [right, wrong] = diagnose([READER + code, READER + misspelt])
  expect(right).toEqual([])
  expect(wrong).not.toEqual([])
}, 60_000)

it('the first token takes at most 15 lines', () => {
  expect(blocks[0]?.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(15)
})

it('a host of an authorization server takes at most 40 lines', () => {
  const host = blocks.find((code) => code?.includes('createAuthorizationServer('))
  expect(host?.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(40)
})
