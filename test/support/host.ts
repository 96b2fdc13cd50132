import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import manifest from '../../package.json' with { type: 'json' }
import { programsOf } from './programs.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

/** What a host of the package has: a folder with it, as it is built, and its dependencies installed. */
export interface Host {
  readonly folder: string
  remove(): void
}

/** A new host, with these other packages of the project installed too. Everything else is as it would be anywhere. */
export async function makeHost(packages: readonly string[] = []): Promise<Host> {
  const built = await builtPackage()
  const folder = mkdtempSync(join(tmpdir(), 'tokenloop-host-'))
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  cpSync(built, join(modules, 'tokenloop'), { recursive: true })
  for (const name of [...Object.keys(manifest.dependencies), ...packages]) {
    const place = join(modules, name)
    mkdirSync(dirname(place), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), place)
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The package as it is built, once for all files of a run. */
async function builtPackage(): Promise<string> {
  const place = join(programsOf(process.ppid), 'package')
  if (existsSync(place)) return place
  const mine = `${place}-${process.pid}`
  const tsup = join(ROOT, 'node_modules/tsup/dist/cli-default.js')
  await run(process.execPath, [tsup, '--no-dts', '--silent', '--out-dir', join(mine, 'dist')], { cwd: ROOT })
  cpSync(join(ROOT, 'package.json'), join(mine, 'package.json'))
  try {
    renameSync(mine, place)
  } catch {
    rmSync(mine, { recursive: true }) // Another file of the run was faster.
  }
  return place
}
