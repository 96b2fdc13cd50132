import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export const DRIVERS = ['pg', 'mysql2', 'better-sqlite3'] as const

/** What a process said, and how it ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** What is piped in; nothing by default. */
  readonly stdin?: string | AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  readonly env?: Readonly<Record<string, string>>
}

/** A project that has the package installed, with some drivers, until the tests of the file are over. */
export function project(drivers: readonly string[] = DRIVERS) {
  const folder = mkdtempSync(join(tmpdir(), 'tokenloop-cli-'))
  const home = join(folder, 'node_modules/tokenloop')
  beforeAll(async () => {
    mkdirSync(home, { recursive: true })
    cpSync(join(ROOT, 'package.json'), join(home, 'package.json'))
    for (const name of [...Object.keys(manifest.dependencies), ...drivers]) {
      const link = join(folder, 'node_modules', name)
      mkdirSync(dirname(link), { recursive: true })
      symlinkSync(join(ROOT, 'node_modules', name), link)
    }
    await build({
      absWorkingDir: ROOT,
      entryPoints: ['src/cli/main.ts'],
      outfile: join(home, manifest.bin.tokenloop),
      bundle: true,
      format: 'esm',
      target: 'node20',
      platform: 'node',
      packages: 'external',
      logLevel: 'silent',
    })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** Runs the command as a person in this project would. */
  const tokenloop = async (args: readonly string[], { stdin = '', env = {} }: RunOptions = {}): Promise<Ended> => {
    const child = spawn(process.execPath, [join(home, manifest.bin.tokenloop), ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...env },
    })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text) => (said[name] += text))
    const closed = once(child, 'close')
    // It may end before it has read all.
    await pipeline(Readable.from(typeof stdin === 'string' ? [stdin] : stdin), child.stdin).catch(() => {})
    const [code] = await closed
    return { code, ...said }
  }
  /** The one document that `--json` prints. */
  const json = async (args: readonly string[], options?: RunOptions) => {
    const ended = await tokenloop([...args, '--json'], options)
    return { ...ended, document: JSON.parse(ended.stdout) as unknown }
  }
  return { folder, tokenloop, json }
}
