import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import manifest from '../../package.json' with { type: 'json' }
import { ROOT } from './bundle.js'

const run = promisify(execFile)
const NPM = { env: { ...process.env, npm_config_audit: 'false', npm_config_fund: 'false' } }

/** A project that has the package installed from its tarball, as npm does it. */
export interface Host {
  readonly folder: string
  /** Where the package lies. */
  readonly home: string
  readonly tarball: string
  remove(): void
}

/** Frameworks that a host has before it takes the package, and whose types the package speaks of. */
const FRAMEWORKS = ['fastify', 'hono']

/**
 * Makes an empty project and installs the tarball in it: that of `TEST_TARBALL`, or one that is built now. What the package depends on,
 * and `others`, come from this project, so that nothing is downloaded.
 */
export async function createHost(others: readonly string[] = []): Promise<Host> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenloop-host-'))
  const tarball = process.env.TEST_TARBALL ?? (await pack(join(folder, 'package')))
  const local = [...Object.keys(manifest.dependencies), ...others].map((name) => [
    name,
    `file:${join(ROOT, 'node_modules', name)}`,
  ])
  const dependencies = { ...Object.fromEntries(local), tokenloop: `file:${tarball}` }
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'host', private: true, type: 'module', dependencies }),
  )
  await run('npm', ['install', '--offline', '--ignore-scripts', '--no-package-lock'], { cwd: folder, ...NPM })
  for (const name of FRAMEWORKS) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  return {
    folder,
    home: join(folder, 'node_modules/tokenloop'),
    tarball,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** What `npm publish` would send: built beside the project, whose own build others may be using. */
async function pack(at: string): Promise<string> {
  mkdirSync(at, { recursive: true })
  const tsup = join(ROOT, 'node_modules/tsup/dist/cli-default.js')
  await run(process.execPath, [tsup, '--silent', '--out-dir', join(at, 'dist')], { cwd: ROOT })
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'NOTICE.md']) {
    cpSync(join(ROOT, name), join(at, name))
  }
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json'], { cwd: at, ...NPM })
  const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }]
  return join(at, filename)
}
