import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { median } from '../lib/rounds.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const ENTRY = new URL('../../dist/index.js', import.meta.url).href
const PROCESSES = 21

/** What a host of API tokens writes, and so all that its bundle has to keep. */
const HOST = `export { createTokens, defineCatalogue, memoryStore, user } from './dist/index.js'`

/** The gzipped bytes of what a host imports in its own bundle, API tokens by default, and the packages of which something is in it. */
export async function bundled({ host = HOST, without = [] } = {}) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: host, resolveDir: ROOT },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    conditions: ['node'],
    external: ['node:*', ...without],
    logLevel: 'error',
  })
  const [{ inputs }] = Object.values(metafile.outputs)
  const kept = Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0)
  return { gzip: gzipSync(outputFiles[0].contents, { level: 9 }).length, packages: packagesOf(kept) }
}

const packagesOf = (paths) => {
  const names = paths.map((path) => /node_modules\/((?:@[\w-]+\/)?[\w.-]+)/.exec(path)?.[1])
  return [...new Set(names.filter((name) => name !== undefined))]
}

const IMPORT = `
  const start = process.cpuUsage()
  await import(${JSON.stringify(ENTRY)})
  const { user, system } = process.cpuUsage(start)
  console.log((user + system) / 1000)
`

/** The milliseconds of processor time that the first import takes: the median of as many processes. */
export function imported() {
  const samples = Array.from({ length: PROCESSES }, () =>
    Number(execFileSync(process.execPath, ['--input-type=module', '-e', IMPORT], { encoding: 'utf8' })),
  )
  return median(samples)
}
