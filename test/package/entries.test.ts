import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { entry } from '../../tsup.config.js'
import { bundleForBrowsers, ROOT, sourceOf } from './bundle.js'

const { './package.json': own, ...subpaths } = manifest.exports
const engines = Object.values(manifest.imports).flatMap((conditions) => Object.values(conditions))
const programs = Object.values(manifest.bin).map((file) => `./${file}`)

describe('the entries of the package', () => {
  it.each(Object.entries(subpaths))(
    '%s leads to what is built for it, with its types',
    (subpath, { types, default: file }) => {
      expect(file).toBe(`./dist/${subpath === '.' ? 'index' : subpath.slice(2)}.js`)
      expect(types).toBe(file.replace(/\.js$/, '.d.ts'))
      expect(existsSync(ROOT + sourceOf(file))).toBe(true)
    },
  )

  it('are all that is built, beside the engines and the command line, and what is built is all there is', () => {
    const files = [...Object.values(subpaths).map(({ default: file }) => file), ...engines, ...programs]
    expect(files.map(sourceOf).sort()).toEqual(Object.values(entry).sort())
    expect(own).toBe('./package.json')
  })

  it('name the types first, since the first condition that fits is taken', () => {
    for (const conditions of Object.values(subpaths)) expect(Object.keys(conditions)).toEqual(['types', 'default'])
    for (const conditions of Object.values(manifest.imports))
      expect(Object.keys(conditions)).toEqual(['node', 'default'])
  })

  it('belong to a module package without side effects, for Node 20.19 and later', () => {
    expect(manifest).toMatchObject({ name: 'tokenloop', license: 'MIT', type: 'module', sideEffects: false })
    expect(manifest.engines.node).toBe('>=20.19.0')
    expect(manifest.files).toEqual(['dist', 'CHANGELOG.md', 'NOTICE.md'])
  })
})

describe('the entry "tokenloop", bundled for a browser', () => {
  it('reaches nothing of Node, no zod, jose or commander, and the portable engine alone', async () => {
    const { inputs, external } = await bundleForBrowsers(subpaths['.'].default)
    expect(external).toEqual([])
    expect(inputs.filter((path) => /zod|jose|commander|node:|engine\/node/.test(path))).toEqual([])
    expect(inputs).toContain('src/core/engine/portable.ts')
  })

  it('is the core, the store, tokens and accounts, and the two packages they stand on', async () => {
    const { inputs } = await bundleForBrowsers(subpaths['.'].default)
    const places = inputs.map((path) => /(src\/\w+|node_modules\/(?:@[\w-]+\/)?[\w.-]+)/.exec(path)?.[1])
    expect([...new Set(places)].sort()).toEqual([
      'node_modules/@noble/hashes',
      'node_modules/ipaddr.js',
      'src/accounts',
      'src/core',
      'src/store',
      'src/tokens',
    ])
  })

  it('of a guard, reaches nothing of Node and no zod either', async () => {
    const { inputs, external } = await bundleForBrowsers(subpaths['./resource'].default)
    expect(external).toEqual([])
    expect(inputs.filter((path) => /zod|node:|engine\/node/.test(path))).toEqual([])
  })

  it('of Hono, reaches nothing of Node and of Hono itself', async () => {
    const { inputs, external } = await bundleForBrowsers(subpaths['./hono'].default)
    expect(external).toEqual([])
    expect(inputs.filter((path) => /zod|node:|node_modules|engine\/node|http\/node/.test(path))).toEqual([])
  })

  it('of a guard for API tokens alone, has nothing of jose, of JWTs and of proofs', async () => {
    const { inputs, code } = await bundleForBrowsers(subpaths['./resource'].default, ['createGuard', 'apiTokens'])
    expect(inputs).toContain('src/resource/guard.ts')
    expect(inputs.filter((path) => /jose|src\/jwt|dpop|opaque|revocations/.test(path))).toEqual([])
    expect(code).not.toMatch(/dpop\+jwt|ECDSA/)
    const taken = await bundleForBrowsers(subpaths['./resource'].default, ['createGuard', 'jwts', 'dpop'])
    expect(taken.inputs).toEqual(expect.arrayContaining(['src/resource/dpop.ts', 'src/jwt/dpop/proof.ts']))
    expect(taken.code).toMatch(/dpop\+jwt/)
  })

  it('issues and verifies with the portable engine', async () => {
    const { code } = await bundleForBrowsers(subpaths['.'].default)
    const tokenloop: typeof import('tokenloop') = await import(
      `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`
    )
    const catalogue = tokenloop.defineCatalogue({ read: { description: 'Read' } })
    const tokens = tokenloop.createTokens({ store: tokenloop.memoryStore(), catalogue, prefix: 'cl' })
    const owner = tokenloop.user('u_42')
    const { secret } = await tokens.issue({ by: tokenloop.system, owner, name: 'ci', scopes: ['read'] })
    expect(await tokens.verify(secret.reveal(), { scopes: ['read'] })).toMatchObject({ ok: true, principal: { owner } })
    await tokens.close()
  })
})
