import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { ROOT } from './bundle.js'

const run = promisify(execFile)
const host = mkdtempSync(join(tmpdir(), 'tokenloop-host-'))
const { './package.json': _, ...subpaths } = manifest.exports

/** Runs a script as a host of the package would, and answers what it printed. It must end by itself. */
async function inHost(script: string, kind: 'module' | 'commonjs' = 'module'): Promise<string> {
  const { stdout } = await run(process.execPath, [`--input-type=${kind}`, '--no-warnings', '-e', script], {
    cwd: host,
    timeout: 20_000,
  })
  return stdout.trim()
}

const home = join(host, 'node_modules/tokenloop')

beforeAll(async () => {
  mkdirSync(home, { recursive: true })
  const tsup = join(ROOT, 'node_modules/tsup/dist/cli-default.js')
  await run(process.execPath, [tsup, '--no-dts', '--silent', '--out-dir', join(home, 'dist')], { cwd: ROOT })
  cpSync(join(ROOT, 'package.json'), join(home, 'package.json'))
  for (const name of Object.keys(manifest.dependencies)) {
    mkdirSync(join(host, 'node_modules', name, '..'), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), join(host, 'node_modules', name))
  }
}, 120_000)

afterAll(() => rmSync(host, { recursive: true, force: true }))

const ISSUE_AND_VERIFY = `
  const catalogue = tokenloop.defineCatalogue({ read: { description: 'Read' } })
  const tokens = tokenloop.createTokens({ store: tokenloop.memoryStore(), catalogue, prefix: 'cl', use: { flushEvery: '1d' } })
  const owner = tokenloop.user('u_42')
  const issued = tokens.issue({ by: tokenloop.system, owner, name: 'ci', scopes: ['read'] })
  issued.then(({ secret }) => tokens.verify(secret.reveal())).then((seen) => console.log(seen.ok))
`

describe('the package as it is published', () => {
  it.each(Object.keys(subpaths))('%s is imported and required by a host on Node', async (subpath) => {
    const name = JSON.stringify(`tokenloop${subpath.slice(1)}`)
    const imported = await inHost(`console.log(Object.keys(await import(${name})).join())`)
    const required = await inHost(
      `console.log(Object.keys(require(${name})).filter((k) => k !== '__esModule').join())`,
      'commonjs',
    )
    expect(imported).not.toBe('')
    expect(required.split(',').sort()).toEqual(imported.split(',').sort())
  })

  it('has nothing beside its subpaths', async () => {
    const script = `await import('tokenloop/core').catch((error) => console.log(error.code))`
    expect(await inHost(script)).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })

  it('leaves nothing of jose, of JWTs and of proofs with a host that bundles a guard for API tokens alone', async () => {
    const bundle = async (names: string) => {
      const { outputFiles } = await build({
        stdin: { contents: `export { ${names} } from 'tokenloop/resource'`, resolveDir: host },
        bundle: true,
        write: false,
        format: 'esm',
        platform: 'node',
        logLevel: 'silent',
      })
      return outputFiles[0]?.text ?? ''
    }
    const OF_JWTS = /jose|dpop\+jwt|at\+jwt|ieee-p1363/
    expect(await bundle('createGuard, apiTokens')).not.toMatch(OF_JWTS)
    expect(await bundle('createGuard, apiTokens, jwts')).toMatch(OF_JWTS)
  })

  it('has a command, which npx finds by the name of the package', async () => {
    const { stdout } = await run(process.execPath, [join(home, manifest.bin.tokenloop), '--version'], { cwd: host })
    expect(stdout.trim()).toBe(manifest.version)
    expect(readFileSync(join(home, manifest.bin.tokenloop), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
    expect(Object.keys(manifest.bin)).toEqual([manifest.name])
  })

  it('hashes with the engine of Node, and issues and verifies', async () => {
    expect(await inHost(`import * as tokenloop from 'tokenloop'${ISSUE_AND_VERIFY}`)).toBe('true')
    const inside = `require('node:module').createRequire(require.resolve('tokenloop'))`
    expect(await inHost(`console.log(${inside}.resolve('#engine'))`, 'commonjs')).toMatch(/dist[\\/]engine-node\.js$/)
  })

  it('R57 a process that made tokens, used them and closed nothing ends by itself', async () => {
    expect(await inHost(`const tokenloop = require('tokenloop')${ISSUE_AND_VERIFY}`, 'commonjs')).toBe('true')
  })
})
