import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: '#engine', replacement: at('src/core/engine/node.ts') },
      { find: /^tokenloop$/, replacement: at('src/index.ts') },
      { find: /^tokenloop\/node$/, replacement: at('src/http/node.ts') },
      { find: /^tokenloop\/(\w+)$/, replacement: at('src/$1/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      thresholds: {
        'src/{core,tokens,accounts}/**': { lines: 95, branches: 95 },
      },
    },
  },
})
