import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const FOLDER = fileURLToPath(new URL('../runtimes/', import.meta.url))
const LOCK = `${FOLDER}package-lock.json`
const INSTALLED = `${FOLDER}node_modules/.package-lock.json`
/** In milliseconds. */
const PATIENCE = 600_000

const { arch, versions } = process
const [current = 0, minor = 0] = versions.node.split('.').map(Number)
/** Bun says `aarch64`. */
const machine = arch === 'arm64' ? 'aarch64' : arch

/** Where each runtime is below the packages of test/runtimes. */
const PLACES = {
  'Node 20.19': `node-20.19-${arch}/bin/node`,
  'Node 22': `node-22-${arch}/bin/node`,
  'Node 24': `node-24-${arch}/bin/node`,
  'Node 26': `node-26-${arch}/bin/node`,
  Bun: `@oven/bun-linux-${machine}/bin/bun`,
  Deno: `@deno/linux-${arch}-glibc/deno`,
  workerd: `@cloudflare/workerd-linux-${arch === 'x64' ? '64' : arch}/bin/workerd`,
  jest: 'jest/bin/jest.js',
} as const

export type Runtime = keyof typeof PLACES
export const runtimeNames = Object.keys(PLACES) as readonly Runtime[]

/** Where a runtime is; `undefined` where it was not installed, because there is none for this machine, or no registry. */
export function runtimeAt(name: Runtime): string | undefined {
  const place = `${FOLDER}node_modules/${PLACES[name]}`
  return existsSync(place) ? place : undefined
}

/** Installs them, the first time and whenever the lock has changed. Answers those that are not there. */
export async function installRuntimes(): Promise<readonly Runtime[]> {
  const isOld = !existsSync(INSTALLED) || statSync(INSTALLED).mtimeMs < statSync(LOCK).mtimeMs
  if (isOld) {
    const install = ['ci', '--silent', '--no-audit', '--no-fund', '--prefix', FOLDER]
    await promisify(execFile)('npm', install, { timeout: PATIENCE, cwd: FOLDER }).catch(() => {})
  }
  return runtimeNames.filter((name) => runtimeAt(name) === undefined)
}

/** A Node that has the `node:sqlite` which the library uses: the one that runs the tests if it is new enough, else another one. */
export function newerNode(): string | undefined {
  const hasSqlite = current > 22 || (current === 22 && minor >= 16)
  return hasSqlite ? process.execPath : runtimeAt('Node 24')
}
