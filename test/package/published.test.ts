import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import { API_TOKEN, mintCredential } from '../../src/core/credential.js'
import { served } from '../interop/support.js'
import { ROOT } from './bundle.js'
import { CONFIGS, diagnose } from './consumers.js'
import { createHost, type Host } from './tarball.js'
import { bundle, WEIGHTS } from './weights.js'

const run = promisify(execFile)
const { './package.json': _, ...subpaths } = manifest.exports
const names = Object.keys(subpaths)
let host: Host

/** Runs a script as a host of the package would, and answers what it printed. It must end by itself. */
async function inHost(script: string, kind: 'module' | 'commonjs' = 'module'): Promise<string> {
  const { stdout } = await run(process.execPath, [`--input-type=${kind}`, '--no-warnings', '-e', script], {
    cwd: host.folder,
    timeout: 20_000,
  })
  return stdout.trim()
}

beforeAll(async () => {
  host = await createHost(['typescript', '@types/node', 'undici-types'])
}, 300_000)

afterAll(() => host?.remove())

const ISSUE_AND_VERIFY = `
  const catalogue = tokenloop.defineCatalogue({ read: { description: 'Read' } })
  const tokens = tokenloop.createTokens({ store: tokenloop.memoryStore(), catalogue, prefix: 'cl', use: { flushEvery: '1d' } })
  const owner = tokenloop.user('u_42')
  const issued = tokens.issue({ by: tokenloop.system, owner, name: 'ci', scopes: ['read'] })
  issued.then(({ secret }) => tokens.verify(secret.reveal())).then((seen) => console.log(seen.ok))
`

describe('the package as it is published', () => {
  it.each(names)('%s is imported and required by a host on Node', async (subpath) => {
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
    const OF_JWTS = /jose|dpop\+jwt|at\+jwt|ieee-p1363/
    const codeOf = async (taken: string) => (await bundle(host, './resource', 'node', `{ ${taken} }`)).code
    expect(await codeOf('createGuard, apiTokens')).not.toMatch(OF_JWTS)
    expect(await codeOf('createGuard, apiTokens, jwts')).toMatch(OF_JWTS)
  })

  it('has a command, which npx finds by the name of the package', async () => {
    const { stdout } = await run('npx', ['--no', '--', 'tokenloop', '--version'], { cwd: host.folder })
    expect(stdout.trim()).toBe(manifest.version)
    expect(readFileSync(join(host.home, manifest.bin.tokenloop), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
    expect(Object.keys(manifest.bin)).toEqual([manifest.name])
  })

  it('runs its commands', async () => {
    const { stdout } = await run('npx', ['--no', '--', 'tokenloop', 'keygen', 'pepper', '--json'], { cwd: host.folder })
    expect(JSON.parse(stdout)).toMatchObject({ pepper: { key: expect.stringMatching(/^[\w-]{43}$/) } })
    const { stdout: ddl } = await run('npx', ['--no', '--', 'tokenloop', 'schema', '--dialect', 'sqlite'], {
      cwd: host.folder,
    })
    expect(ddl).toContain('CREATE TABLE')
  })

  it('carries the licence of what is built into it', () => {
    const notice = readFileSync(join(host.home, 'NOTICE.md'), 'utf8')
    expect(notice).toContain(readFileSync(join(ROOT, 'node_modules/ipaddr.js/LICENSE'), 'utf8').trim())
  })

  /** The command as it is installed: what it printed, and how it ended. */
  const command = (...args: string[]) =>
    run(process.execPath, [join(host.home, manifest.bin.tokenloop), ...args], { cwd: host.folder }).then(
      ({ stdout }) => ({ stdout, code: 0 }),
      ({ stdout, code }: { stdout: string; code: number }) => ({ stdout, code }),
    )

  it('finds a leaked token, says whose it is without it, and describes it to others that look for such', async () => {
    const { id, text } = mintCredential(API_TOKEN, 'acme')
    writeFileSync(join(host.folder, 'leak.txt'), `TOKEN=${text}\nTOKEN=${text.slice(0, -1)}\n`)
    const scanned = await command('scan', 'leak.txt', '--prefix', 'acme')
    expect(scanned).toMatchObject({ code: 1, stdout: expect.stringContaining(id) })
    expect(scanned.stdout).not.toContain(text)
    const inspected = await command('inspect', text)
    expect(inspected).toMatchObject({ code: 0, stdout: expect.stringContaining(id) })
    expect(inspected.stdout).not.toContain(text)
    expect(await command('patterns', '--for', 'gitleaks', '--prefix', 'acme')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('acme_'),
    })
  })

  it('examines a deployment, and ends otherwise where nothing answers', async () => {
    const { issuer } = await served({ registration: { open: true } })
    const found = await command('doctor', issuer, '--loopback', '--json')
    expect(found.code, found.stdout).toBe(0)
    expect(JSON.parse(found.stdout)).toMatchObject({ failed: 0 })
    expect((await command('doctor', 'http://127.0.0.1:1', '--loopback')).code).toBe(2)
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

describe('what is in the tarball', () => {
  it('is what is built, with the README, the changelog and the licenses, and nothing else', () => {
    const beside = ['CHANGELOG.md', 'LICENSE', 'NOTICE.md', 'README.md', 'package.json']
    expect(readdirSync(host.home).sort()).toEqual([...beside, 'dist'].sort())
    expect(readdirSync(join(host.home, 'dist')).filter((file) => !/\.js$|\.d\.ts$/.test(file))).toEqual([])
  })

  it('names the modules of the runtime in full, since other runtimes know them by no other name', () => {
    const built = readdirSync(join(host.home, 'dist')).filter((file) => file.endsWith('.js'))
    const bare = built.filter((file) =>
      /(?:from|import) ?"(?:crypto|http|https|fs|path|stream|dns|net|process|module|url)[/"]/.test(
        readFileSync(join(host.home, 'dist', file), 'utf8'),
      ),
    )
    expect(built.length).toBeGreaterThan(10)
    expect(bare).toEqual([])
  })

  it('has nothing that publint would say a word about', async () => {
    const { messages } = await publint({ pkgDir: host.home, pack: false, level: 'suggestion', strict: true })
    expect(messages).toEqual([])
  })

  it('leads types and code alike, whoever imports or requires it', async () => {
    const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js')
    // A CommonJS module may require it on every Node that the package is for.
    const args = [
      attw,
      host.tarball,
      '--profile',
      'node16',
      '--ignore-rules',
      'cjs-resolves-to-esm',
      '--format',
      'json',
    ]
    const { stdout } = await run(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 })
    expect(JSON.parse(stdout)).toMatchObject({ analysis: { packageName: 'tokenloop' } })
  }, 60_000)

  it.each(Object.keys(CONFIGS))(
    'has types that a host compiles with: %s',
    (name) => {
      expect(diagnose(host, name)).toEqual([])
    },
    120_000,
  )
})

describe('what a host bundles of an entry', () => {
  it('is weighed for each of them', () => {
    expect(Object.keys(WEIGHTS)).toEqual(names)
  })

  it.each(Object.entries(WEIGHTS))(
    '%s has its packages, its modules of Node, and at most its bytes',
    async (subpath, weight) => {
      const onNode = await bundle(host, subpath, 'node')
      expect(onNode.packages).toEqual(weight.packages)
      expect(onNode.builtins).toEqual(weight.builtins)
      expect(onNode.gzipped).toBeLessThanOrEqual(weight.bytes)
      if (weight.elsewhere === null) return
      const elsewhere = await bundle(host, subpath, 'neutral')
      expect(elsewhere.builtins).toEqual([])
      expect(elsewhere.packages).toEqual(weight.elsewhere.packages)
      expect(elsewhere.gzipped).toBeLessThanOrEqual(weight.elsewhere.bytes)
    },
  )
})
