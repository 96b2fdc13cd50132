import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { type Host, makeHost } from '../support/host.js'
import { urlOf } from '../support/reach.js'
import { type Runtime, runtimeAt } from '../support/runtimes.js'
import { MARK } from './parts/part.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** In milliseconds. */
const PATIENCE = 300_000

/** What became of each part: a fault, or nothing. */
export type Outcomes = ReadonlyMap<string, string | null>

/** Runs without Node's modules: all of it in one file, as its own bundler would make it. */
const WORKERD = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .parts)]);
const parts :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "bundled.mjs")],
  compatibilityDate = "2026-11-01",
  compatibilityFlags = ["no_nodejs_compat", "no_nodejs_compat_v2"],
);
`

/** A host with a program for each way to run one, over the library as it is built. */
export async function hostWithPrograms(): Promise<Host> {
  const host = await makeHost(['pg', 'mysql2'])
  const bundle = { absWorkingDir: ROOT, bundle: true, format: 'esm', platform: 'neutral', tsconfigRaw: '{}' } as const
  for (const program of ['server', 'workerd']) {
    const entryPoints = [`test/runtimes/parts/${program}.ts`]
    await build({ ...bundle, entryPoints, packages: 'external', outfile: join(host.folder, `${program}.mjs`) })
  }
  const [entry, outfile] = ['workerd.mjs', 'bundled.mjs'].map((file) => join(host.folder, file)) as [string, string]
  await build({ ...bundle, absWorkingDir: host.folder, entryPoints: [entry], outfile, mainFields: ['module', 'main'] })
  writeFileSync(join(host.folder, 'workerd.capnp'), WORKERD)
  const dependencies = { tokenloop: '*', pg: '*', mysql2: '*' }
  writeFileSync(join(host.folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }))
  return host
}

/** How a program is started. */
const ARGUMENTS: Partial<Record<Runtime, readonly string[]>> = {
  Deno: ['run', '--allow-all', '--no-lock', '--node-modules-dir=manual', 'server.mjs'],
  workerd: ['test', 'workerd.capnp'],
}

/** Where a runtime is; that of the tests themselves where it has no other name. */
export const placeOf = (name: string): string => runtimeAt(name as Runtime) ?? process.execPath

/** Runs a program of the host, and answers what became of each part. */
export async function outcomesOn(name: string, { folder }: Host): Promise<Outcomes> {
  const env = { ...ownEnv(), TEST_POSTGRES: urlOf('PostgreSQL'), TEST_MYSQL: urlOf('MariaDB') }
  const args = ARGUMENTS[name as Runtime] ?? ['server.mjs']
  const { stdout } = await promisify(execFile)(placeOf(name), [...args], { cwd: folder, env, timeout: PATIENCE })
  const lines = stdout.split('\n').filter((line) => line.startsWith(MARK))
  return new Map(
    lines.map((line) => {
      const { part, fault }: { part: string; fault: string | null } = JSON.parse(line.slice(MARK.length))
      return [part, fault]
    }),
  )
}

/** Runs test files by another Node; answers what went wrong, or nothing. */
export async function testsOn(name: string, files: readonly string[]): Promise<string | null> {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=dot', ...files]
  const how = { cwd: ROOT, env: { ...ownEnv(), NO_COLOR: '1' }, timeout: PATIENCE }
  return promisify(execFile)(placeOf(name), args, how).then(
    ({ stdout }) => (/Tests +\d+ passed/.test(stdout) ? null : stdout),
    ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr,
  )
}

/** The environment without what a test runner tells its own. */
const ownEnv = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_OPTIONS$|NODE_ENV$)/.test(name)))
