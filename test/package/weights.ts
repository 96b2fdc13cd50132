import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import type { Host } from './tarball.js'

/** What a host takes on with an entry. */
export interface Weight {
  /** At most so many, minified and gzipped, with all that it depends on. */
  readonly bytes: number
  /** Besides this one. */
  readonly packages: readonly string[]
  readonly builtins: readonly string[]
  /** The same where there is no Node; `null` for what is for Node alone. */
  readonly elsewhere: { readonly bytes: number; readonly packages: readonly string[] } | null
}

const PORTABLE = ['@noble/hashes']
const JOSE = [...PORTABLE, 'jose']
const SERVING = ['node:http', 'node:stream', 'node:stream/promises']
const SIGNING = ['node:buffer', 'node:crypto', 'node:util']

/** By entry. A number goes up only on purpose. */
export const WEIGHTS: Readonly<Record<string, Weight>> = {
  '.': { bytes: 28200, packages: [], builtins: ['node:crypto'], elsewhere: { bytes: 31500, packages: PORTABLE } },
  './resource': { bytes: 26600, packages: [], builtins: SIGNING, elsewhere: { bytes: 30100, packages: JOSE } },
  './jwt': {
    bytes: 26800,
    packages: ['jose'],
    builtins: SIGNING,
    elsewhere: { bytes: 29900, packages: JOSE },
  },
  './oauth': {
    bytes: 59400,
    packages: [],
    builtins: ['node:buffer', 'node:crypto', 'node:dns/promises', 'node:https', 'node:util'],
    elsewhere: { bytes: 61000, packages: JOSE },
  },
  './fetch': { bytes: 10200, packages: [], builtins: ['node:dns/promises', 'node:https'], elsewhere: null },
  './http': {
    bytes: 37800,
    packages: ['jose', 'zod'],
    builtins: SIGNING,
    elsewhere: { bytes: 41000, packages: [...JOSE, 'zod'] },
  },
  './node': { bytes: 12300, packages: [], builtins: SERVING, elsewhere: null },
  './express': { bytes: 12300, packages: [], builtins: SERVING, elsewhere: null },
  './fastify': { bytes: 12300, packages: [], builtins: SERVING, elsewhere: null },
  './hono': { bytes: 8100, packages: [], builtins: [], elsewhere: { bytes: 8100, packages: [] } },
  './postgres': {
    bytes: 27400,
    packages: [],
    builtins: ['node:crypto'],
    elsewhere: { bytes: 30600, packages: PORTABLE },
  },
  './mysql': {
    bytes: 27300,
    packages: [],
    builtins: ['node:crypto'],
    elsewhere: { bytes: 30600, packages: PORTABLE },
  },
  './sqlite': {
    bytes: 25900,
    packages: [],
    builtins: ['node:crypto'],
    elsewhere: { bytes: 29200, packages: PORTABLE },
  },
  './cache': { bytes: 10300, packages: [], builtins: [], elsewhere: { bytes: 10300, packages: [] } },
  './testing': {
    bytes: 97000,
    packages: [],
    builtins: ['node:buffer', 'node:crypto', 'node:dns/promises', 'node:https', 'node:util'],
    elsewhere: { bytes: 101000, packages: JOSE },
  },
}

/** Bundles an entry, or some names of it, as a host on Node or elsewhere would. */
export async function bundle(host: Host, subpath: string, platform: 'node' | 'neutral', taken = '*') {
  const { metafile, outputFiles } = await build({
    stdin: { contents: `export ${taken} from 'tokenloop${subpath.slice(1)}'`, resolveDir: host.folder },
    absWorkingDir: host.folder,
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform,
    mainFields: ['module', 'main'],
    conditions: platform === 'node' ? ['node'] : [],
    external: ['node:*'],
    logLevel: 'silent',
  })
  const [code = new Uint8Array()] = outputFiles.map(({ contents }) => contents)
  const outputs = Object.values(metafile.outputs)
  const inputs = outputs.flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [packageOf(path)] : [])),
  )
  return {
    code: Buffer.from(code).toString(),
    gzipped: gzipSync(code, { level: 9 }).length,
    packages: sorted(inputs.filter((name) => name !== 'tokenloop' && name !== '')),
    builtins: sorted(outputs.flatMap(({ imports }) => imports.map(({ path }) => path))),
  }
}

const packageOf = (path: string): string => /.*node_modules\/((?:@[\w-]+\/)?[\w.-]+)/.exec(path)?.[1] ?? ''

const sorted = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort()
