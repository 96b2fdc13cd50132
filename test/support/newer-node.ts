import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const RUNTIMES = fileURLToPath(new URL('../runtimes/', import.meta.url))
const INSTALLED = `${RUNTIMES}node_modules/node-${process.platform}-${process.arch}/bin/node`
/** In milliseconds. */
const PATIENCE = 300_000

const hasSqlite = (version: string) => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 16)
}

/**
 * A Node that has the `node:sqlite` which the library uses: the one that runs the tests if it is new enough, else one of
 * test/runtimes, which is installed the first time. `undefined` where there is none for this machine, or no registry.
 */
export async function newerNode(): Promise<string | undefined> {
  if (hasSqlite(process.versions.node)) return process.execPath
  if (!existsSync(INSTALLED)) {
    const install = ['ci', '--silent', '--no-audit', '--no-fund', '--prefix', RUNTIMES]
    await promisify(execFile)('npm', install, { timeout: PATIENCE, cwd: RUNTIMES }).catch(() => {})
  }
  return existsSync(INSTALLED) ? INSTALLED : undefined
}
