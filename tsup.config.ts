import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { defineConfig, type Options } from 'tsup'

/** One entry a subpath of `exports`, one an engine that the package's `imports` select, and one for the command line. */
export const entry = {
  index: 'src/index.ts',
  resource: 'src/resource/index.ts',
  jwt: 'src/jwt/index.ts',
  oauth: 'src/oauth/index.ts',
  fetch: 'src/http/fetch.ts',
  http: 'src/http/index.ts',
  node: 'src/http/node.ts',
  express: 'src/http/express.ts',
  fastify: 'src/http/fastify.ts',
  hono: 'src/http/hono.ts',
  postgres: 'src/store/sql/postgres.ts',
  mysql: 'src/store/sql/mysql.ts',
  sqlite: 'src/store/sql/sqlite.ts',
  cache: 'src/store/cache/index.ts',
  testing: 'src/testing/index.ts',
  cli: 'src/cli/main.ts',
  'engine-node': 'src/core/engine/node.ts',
  'engine-portable': 'src/core/engine/portable.ts',
  'es256-node': 'src/jwt/engine/node.ts',
  'es256-portable': 'src/jwt/engine/portable.ts',
  'guarded-fetch-node': 'src/http/engine/node.ts',
  'guarded-fetch-portable': 'src/http/engine/portable.ts',
}

/** What is in `shared.js` for all others: the modules that its source names. */
const SHARED = 'src/shared.ts'
const inShared = new Set(
  [...readFileSync(SHARED, 'utf8').matchAll(/from '(.+)\.js'/g)].map(([, path]) => resolve('src', `${path}.ts`)),
)

/** Leads every import of what is in `shared.js` to that file, so that each of these modules is there once. */
const shared: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'shared',
  setup(build) {
    build.onResolve({ filter: /^\.{1,2}\/.*\.js$/ }, ({ path, importer }) => {
      const module = resolve(dirname(importer), path.replace(/\.js$/, '.ts'))
      const isWithin = inShared.has(importer) || relative('.', importer) === SHARED
      if (isWithin && !inShared.has(module)) throw new Error(`${SHARED} must name ${module}`)
      return inShared.has(module) && !isWithin ? { path: './shared.js', external: true } : undefined
    })
  },
}

/**
 * `ipaddr.js` as a part of what is built (NOTICE.md has its licence). It is CommonJS, and to be told so costs an import as much as the
 * whole library does; wrapped by the bundler it would be one more file of every import.
 */
const addresses: typeof shared = {
  name: 'addresses',
  setup(build) {
    build.onLoad({ filter: /\/ipaddr\.js$/ }, ({ path }) => ({
      contents: `const module = { exports: {} };\n${readFileSync(path, 'utf8')}\nexport default module.exports`,
    }))
  },
}

export default defineConfig({
  entry: { ...entry, shared: SHARED },
  esbuildPlugins: [shared, addresses],
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  noExternal: ['ipaddr.js'],
  external: ['#engine', '#es256', '#guarded-fetch', /^node:/],
  dts: { entry },
  splitting: true,
  treeshake: true,
  // Only with it does every runtime know what is the runtime's own.
  removeNodeProtocol: false,
  clean: true,
})
