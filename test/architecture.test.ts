import { describe, expect, it } from 'vitest'
import { RULES, SECRETS, TIMERS } from './architecture/rules.js'
import { type Files, parse, readFiles } from './architecture/sources.js'

const sources = parse(readFiles('src', 'test'))

/** What the rules find wrong in files that exist only here: the broken rules, with each finding. */
const broken = (files: Files) =>
  Object.entries(RULES).flatMap(([rule, check]) => check(parse(files)).map((finding) => [rule, finding]))

const LAYERS = 'a layer imports only the layers that the table gives it'
const FACE = 'the domains know a store by its interface and its records alone'
const CIRCLE = 'nothing is imported in a circle'
const NODE = 'node: is imported by the adapters and the engine alone'
const PACKAGE = 'a package is imported by the layers that may use it'
const REEXPORTS = 'the public face of the core has named re-exports, and nothing else'
const PURE = 'the core looks at no clock, no console and no process'
const RANDOM = 'nothing draws from Math.random'
const ANY = 'there is no any'
const UNKNOWN = 'no type is talked out of by way of unknown'

describe('the house', () => {
  it.each(Object.entries(RULES))('%s', (_, check) => {
    expect(check(sources)).toEqual([])
  })

  it('A3.4 no decision waits, and none draws from Math.random: a refusal takes the time that it takes', () => {
    expect(RULES[TIMERS]?.(sources)).toEqual([])
    expect(RULES[RANDOM]?.(sources)).toEqual([])
  })

  it('A3.6 whatever is derived from a secret is compared in constant time', () => {
    expect(RULES[SECRETS]?.(sources)).toEqual([])
  })

  it('has files to judge', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(100)
  })
})

describe('a violation is found:', () => {
  const empty = { 'src/core/b.ts': '', 'src/store/store.ts': '', 'src/store/memory.ts': '', 'src/tokens/tokens.ts': '' }

  it.each<[string, string, string]>([
    [LAYERS, 'src/core/a.ts', "import { x } from '../store/store.js'"],
    [LAYERS, 'src/store/a.ts', "import type { X } from '../tokens/tokens.js'"],
    [LAYERS, 'src/accounts/a.ts', "export { x } from '../tokens/tokens.js'"],
    [LAYERS, 'src/accounts/a.ts', "export * from '../tokens/tokens.js'"],
    [LAYERS, 'src/jwt/a.ts', "const x = await import('../tokens/tokens.js')"],
    [LAYERS, 'src/oauth/a.ts', "type X = import('../tokens/tokens.js').X"],
    [LAYERS, 'src/core/a.ts', "import x = require('../store/store.js')"],
    [FACE, 'src/tokens/a.ts', "import { memoryStore } from '../store/memory.js'"],
    [FACE, 'src/resource/a.ts', "import type { X } from '../store/memory.js'"],
    [NODE, 'src/core/a.ts', "import { hash } from 'node:crypto'"],
    [NODE, 'src/tokens/a.ts', "import type { Socket } from 'node:net'"],
    [NODE, 'src/store/a.ts', "await import('node:fs')"],
    [PACKAGE, 'src/tokens/a.ts', "import { z } from 'zod'"],
    [PACKAGE, 'src/store/a.ts', "import * as z from 'zod/mini'"],
    [PACKAGE, 'src/cli/a.ts', "import { jwtVerify } from 'jose'"],
    [PACKAGE, 'src/http/a.ts', "import { Command } from 'commander'"],
    [PACKAGE, 'src/tokens/a.ts', "import { sha256 } from '@noble/hashes/sha2.js'"],
    [PACKAGE, 'src/tokens/a.ts', "import { engine } from '#engine'"],
    [PACKAGE, 'src/core/a.ts', "import pad from 'left-pad'"],
    [PACKAGE, 'src/http/a.ts', "import fs from 'fs'"],
    [PACKAGE, 'src/http/a.ts', "import type { Request } from 'express'"],
    [PACKAGE, 'src/oauth/a.ts', "import type { Context } from 'hono'"],
    ['of a framework only types are imported', 'src/http/a.ts', "import { Hono } from 'hono'"],
    ['of a framework only types are imported', 'src/http/a.ts', "import fastify, { type FastifyReply } from 'fastify'"],
    [REEXPORTS, 'src/index.ts', "export * from './core/b.js'"],
    [REEXPORTS, 'src/index.ts', 'export const x = 1'],
    [PURE, 'src/core/a.ts', 'const now = Date.now()'],
    [PURE, 'src/core/a.ts', 'const now = new Date()'],
    [PURE, 'src/core/a.ts', 'const clock = Date'],
    [PURE, 'src/core/a.ts', 'const clocks = { Date }'],
    [PURE, 'src/core/a.ts', "console.log('x')"],
    [PURE, 'src/core/a.ts', 'const env = process.env'],
    [PURE, 'src/core/a.ts', 'const now = globalThis.x'],
    [RANDOM, 'src/core/a.ts', 'const x = Math.random()'],
    [RANDOM, 'src/tokens/a.ts', "const x = Math['random']()"],
    [RANDOM, 'src/store/a.ts', 'const { random } = { random: Math.random }'],
    [ANY, 'src/core/a.ts', 'export let x: any'],
    [ANY, 'src/core/a.ts', 'export let x: readonly Map<string, any>[]'],
    [ANY, 'test/a.ts', 'const x = 1 as any'],
    [UNKNOWN, 'src/core/a.ts', 'const x = 1 as unknown as string'],
    [TIMERS, 'src/tokens/a.ts', 'if (!ok) await new Promise((done) => setTimeout(done, 5))'],
    [SECRETS, 'src/tokens/a.ts', 'if (digest.hash === hash) grant()'],
    [SECRETS, 'src/oauth/a.ts', "if (code['challenge'] !== challenge) refuse()"],
    [SECRETS, 'src/core/a.ts', 'const same = a.verifier == b.verifier'],
    ['every relative import names a file', 'src/core/a.ts', "import { x } from './missing.js'"],
    ['every relative import names a file', 'src/core/a.ts', "import { x } from './b'"],
    ['every layer is in the table', 'src/utils/a.ts', ''],
    ['no file has more than 400 lines', 'test/a.test.ts', 'x\n'.repeat(401)],
  ])('%s, in %s', (rule, path, text) => {
    const found = broken({ ...empty, [path]: text })
    expect(found.map(([rule]) => rule)).toContain(rule)
    expect(found.find(([broken]) => broken === rule)?.[1]).toContain(path)
  })

  it('a circle of two, of three, and of types alone', () => {
    expect(broken({ 'src/core/a.ts': "import './b.js'", 'src/core/b.ts': "import type { A } from './a.js'" })).toEqual([
      [CIRCLE, 'src/core/a.ts -> src/core/b.ts -> src/core/a.ts'],
    ])
    const three = { 'src/core/a.ts': "export { b } from './b.js'", 'src/core/b.ts': "import './c.js'" }
    expect(broken({ ...three, 'src/core/c.ts': "const a = import('./a.js')" })).toEqual([
      [CIRCLE, 'src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts'],
    ])
    expect(broken({ 'src/core/a.ts': "import './a.js'" })).toEqual([[CIRCLE, 'src/core/a.ts -> src/core/a.ts']])
  })

  it('and what is allowed is not', () => {
    const allowed = {
      ...empty,
      'src/core/a.ts': "import { b } from './b.js'\nimport '#engine'\ninterface Clock { Date: Date; process(): void }",
      'src/core/engine/node.ts': "import { hash } from 'node:crypto'",
      'src/tokens/a.ts': "import type { TokenStore } from '../store/store.js'\nconst any = Math.max(Date.now())",
      'src/tokens/b.ts':
        "const bare = typeof secret === 'string' && hash !== undefined && secret !== null && a.id === b.id",
      'src/store/use.ts': 'setTimeout(flush, 1000)',
      'src/http/a.ts': "import { z } from 'zod/mini'\nimport { createServer } from 'node:http'",
      'src/index.ts': "export { type X, x } from './tokens/tokens.js'\nexport { y } from './store/memory.js'",
      'test/a.ts': "import { join } from 'node:path'\n// any\nconst text = 'any' as const",
    }
    expect(broken(allowed)).toEqual([])
  })
})
