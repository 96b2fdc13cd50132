import { defineConfig } from 'tsup'

/** One entry a subpath of `exports`, one an engine that the package's `imports` select, and one for the command line. */
export const entry = {
  index: 'src/index.ts',
  resource: 'src/resource/index.ts',
  jwt: 'src/jwt/index.ts',
  oauth: 'src/oauth/index.ts',
  http: 'src/http/index.ts',
  node: 'src/http/node.ts',
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
}

export default defineConfig({
  entry,
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: ['#engine', '#es256', /^node:/],
  dts: true,
  splitting: true,
  treeshake: true,
  clean: true,
})
