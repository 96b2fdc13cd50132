import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import { hasChromium } from './test/support/chromium.js'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** In percent. */
const PROVED = { lines: 95, branches: 95 }

export default defineConfig({
  resolve: {
    alias: [
      { find: '#engine', replacement: at('src/core/engine/node.ts') },
      { find: '#es256', replacement: at('src/jwt/engine/node.ts') },
      { find: '#guarded-fetch', replacement: at('src/http/engine/node.ts') },
      { find: /^tokenloop$/, replacement: at('src/index.ts') },
      { find: /^tokenloop\/(node|express|fastify|hono|fetch)$/, replacement: at('src/http/$1.ts') },
      { find: /^tokenloop\/(postgres|mysql|sqlite)$/, replacement: at('src/store/sql/$1.ts') },
      { find: /^tokenloop\/cache$/, replacement: at('src/store/cache/index.ts') },
      { find: /^tokenloop\/(\w+)$/, replacement: at('src/$1/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(hasChromium() ? [] : ['test/**/*-browser.test.ts'])],
    globalSetup: ['test/support/servers.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 30_000,
    // Tests wait for databases and processes half of their time.
    maxWorkers: '100%',
    // Else it would find another copy of `graphql` than the example that uses both.
    server: { deps: { inline: ['graphql-http'] } },
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      reporter: ['text-summary'],
      thresholds: {
        'src/core/**': PROVED,
        'src/tokens/**': PROVED,
        'src/accounts/**': PROVED,
      },
    },
  },
})
